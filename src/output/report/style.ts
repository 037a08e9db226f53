/** How the report looks: in the colours that the reader prefers, on a screen of any width. */
export const STYLE = `
:root { color-scheme: light dark; --good: #1a7f37; --bad: #cf222e; --doubt: #9a6700; --faint: #8884; --line: #0969da; }
@media (prefers-color-scheme: dark) {
  :root { --good: #3fb950; --bad: #f85149; --doubt: #d29922; --line: #58a6ff; }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.ok { color: var(--good); } .warning { color: var(--doubt); } .critical, .fault { color: var(--bad); }
.verdict { font-size: 1.2rem; font-weight: 600; }
figure { margin: 1rem 0; overflow-x: auto; } figcaption { font-size: .9rem; }
svg { display: block; width: 100%; min-width: 20rem; height: auto; }
polyline { fill: none; stroke: var(--line); stroke-width: 2; } circle { fill: var(--line); }
rect.kept { fill: var(--good); } rect.damaged { fill: var(--bad); } rect.missing { fill: var(--faint); }
rect.before { fill: none; stroke: var(--faint); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--faint); white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.fault { white-space: normal; min-width: 16rem; }
line { stroke: var(--faint); }
footer { margin-top: 2rem; font-size: .85rem; opacity: .7; }
`;
