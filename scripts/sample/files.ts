import {
  AVI,
  type Container,
  DVD,
  FULL_HD,
  FULL_HD_SMALL,
  FULL_HD_WEB,
  HD,
  HD_AV1,
  MATROSKA,
  mediaTracks,
  MP4,
  type Picture,
  type SampleTrack,
  soundLabel,
  UHD,
  UHD_WEB,
} from "./tracks.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** A media file as a scan finds it. */
export interface SampleFile {
  readonly directory: string;
  readonly filename: string;
  readonly extension: string;
  readonly containerFormat: string;
  readonly sizeBytes: number;
  readonly pluginMetadata: unknown;
  readonly containerTags: unknown;
  readonly tracks: readonly SampleTrack[];
}

interface Work {
  readonly catalogueId: number;
  readonly title: string;
  readonly year: number;
  readonly language: string;
}

const MEDIA_ROOT = "/srv/media";
const FIRST_CATALOGUE_ID = 11_000;
const CATALOGUE_STEP = 9;
const BYTES_PER_MEGABIT = 125_000;

// Of titles, not of files: a series brings so many files that six in ten files are episodes.
const SERIES_SHARE = 0.045;
const ANIME_SHARE = 0.022;

const ADJECTIVES =
  "Winter Silent Glass Second Crimson Hollow Northern Distant Broken Last Golden Paper Midnight Ordinary Burning Electric"
    .split(" ");
const NOUNS =
  "Sky River Orchard Field Harbour Letters Empire Garden Witness Machine Station Mountain Cartographer Promise Tide Night"
    .split(" ");
const FOREIGN_TITLES: Readonly<Record<string, readonly string[]>> = {
  fra: ["L'Été déçu", "Le Château d'Élise", "Où va la forêt", "La Reine à l'œil noir", "Ça commence à Nîmes"],
  deu: ["Über den Dächern", "Die Brücke im Süden", "Größenwahn", "Das Mädchen aus Köln", "Spätes Glück"],
  spa: ["Mañana será otoño", "El corazón pequeño", "Niños de la lluvia", "La canción del sueño", "Allá en Cádiz"],
  jpn: ["銀河の庭", "夜の手紙", "雨と鉄道", "最後の夏休み", "千の風車"],
  kor: ["겨울 정원", "마지막 편지", "서울의 밤"],
  pol: ["Zażółć gęślą jaźń", "Łódź o świcie", "Ścieżka"],
};
const FILM_LANGUAGES = "eng eng eng eng eng eng eng fra deu spa jpn kor pol".split(" ");
const RELEASE_GROUPS = ["NTb", "FLUX", "playBD", "SiGMA", "CtrlHD", "TayTO", "EDPH", "HONE", "iFT", "decibeL"];
const EDITIONS = [" {edition-Director's Cut}", " {edition-Extended}", " {edition-Remastered}"];

const FILM_PICTURES = [UHD, UHD_WEB, FULL_HD, FULL_HD, FULL_HD, FULL_HD_SMALL, HD];
const EPISODE_PICTURES = [UHD_WEB, FULL_HD_WEB, FULL_HD_WEB, FULL_HD_WEB, HD_AV1, FULL_HD_SMALL, HD];

/** Makes up `count` files of films, series and anime, a season's episodes one after the other; no path comes twice. */
export function* sampleFiles(count: number, random: SeededRandom): Generator<SampleFile> {
  let made = 0;
  let catalogueId = FIRST_CATALOGUE_ID;
  while (made < count) {
    // The id goes into the directory's name, as Radarr and Sonarr can be told to do, and keeps equal titles apart.
    catalogueId += 1 + random.below(CATALOGUE_STEP);
    for (const file of filesOfOneTitle(catalogueId, random)) {
      if (made === count) return;
      made++;
      yield file;
    }
  }
}

function* filesOfOneTitle(catalogueId: number, random: SeededRandom): Generator<SampleFile> {
  const kind = random.unit();
  if (kind < ANIME_SHARE) yield* animeFiles(work(catalogueId, "jpn", random), random);
  else if (kind < ANIME_SHARE + SERIES_SHARE) yield* seriesFiles(work(catalogueId, "eng", random), random);
  else yield filmFile(work(catalogueId, random.pick(FILM_LANGUAGES), random), random);
}

function work(catalogueId: number, language: string, random: SeededRandom): Work {
  return { catalogueId, language, title: madeUpTitle(language, random), year: 2025 - random.below(60) };
}

function madeUpTitle(language: string, random: SeededRandom): string {
  const foreign = FOREIGN_TITLES[language];
  if (foreign !== undefined && random.chance(0.7)) return random.pick(foreign);
  const first = `${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}`;
  if (random.chance(0.5)) return `The ${first}`;
  return random.chance(0.4) ? `${first} & the ${random.pick(NOUNS)}` : first;
}

function filmFile(film: Work, random: SeededRandom): SampleFile {
  const { title, year, catalogueId } = film;
  const old = year < 1990 && random.chance(0.2);
  const picture = old ? DVD : random.pick(FILM_PICTURES);
  const container = old && random.chance(0.4) ? AVI : random.chance(0.08) ? MP4 : MATROSKA;
  const name = `${title} (${year})`;
  const tracks = mediaTracks(film.language, container, picture, random.between(4_800, 9_600), random);
  const tags = `[${picture.label}][${soundLabel(tracks)}][${picture.codec}]-${random.pick(RELEASE_GROUPS)}`;
  const edition = random.chance(0.3) ? random.pick(EDITIONS) : "";
  return sampleFile(container, picture, tracks, {
    directory: `${MEDIA_ROOT}/Movies/${name} {tmdb-${catalogueId}}`,
    stem: `${name}${edition} ${tags}`,
    title: name,
    plugin: { radarr: { tmdb_id: catalogueId, imdb_id: `tt${random.between(1_000_000, 9_999_999)}`, title, year } },
  }, random);
}

function* seriesFiles(series: Work, random: SeededRandom): Generator<SampleFile> {
  const picture = random.pick(EPISODE_PICTURES);
  const group = random.pick(RELEASE_GROUPS);
  const minutes = random.pick([22, 42, 45, 58]);
  const folder = `${MEDIA_ROOT}/TV/${series.title} (${series.year}) {tvdb-${series.catalogueId}}`;
  const seasons = random.between(1, 4);
  for (let season = 1; season <= seasons; season++) {
    const episodes = random.between(6, 13);
    for (let episode = 1; episode <= episodes; episode++) {
      const title = madeUpTitle("eng", random);
      const number = `S${twoDigits(season)}E${twoDigits(episode)}`;
      const tracks = mediaTracks(series.language, MATROSKA, picture, minutes * 60 + random.below(240), random);
      yield sampleFile(MATROSKA, picture, tracks, {
        directory: `${folder}/Season ${twoDigits(season)}`,
        stem: `${series.title} - ${number} - ${title} [${picture.label}][${soundLabel(tracks)}]-${group}`,
        title: `${number} - ${title}`,
        plugin: {
          sonarr: {
            tvdb_id: series.catalogueId,
            series_title: series.title,
            season_number: season,
            episode_number: episode,
            episode_title: title,
          },
        },
      }, random);
    }
  }
}

function* animeFiles(series: Work, random: SeededRandom): Generator<SampleFile> {
  const picture = random.pick([FULL_HD_SMALL, FULL_HD_WEB, HD]);
  const group = random.pick(["SubsPlease", "Erai-raws", "Judas", "夜桜字幕組"]);
  const container = { ...MATROSKA, textSubtitle: "ass" };
  const directory = `${MEDIA_ROOT}/Animé/${series.title} [tvdbid-${series.catalogueId}]`;
  const episodes = random.pick([12, 13, 24, 26]);
  for (let episode = 1; episode <= episodes; episode++) {
    const tracks = mediaTracks(series.language, container, picture, 1_380 + random.below(90), random);
    const checksum = random.hex(8).toUpperCase();
    yield sampleFile(container, picture, tracks, {
      directory,
      stem: `[${group}] ${series.title} - ${twoDigits(episode)} (${picture.height}p) [${checksum}]`,
      title: `${series.title} ${twoDigits(episode)}`,
      plugin: { sonarr: { tvdb_id: series.catalogueId, series_title: series.title, absolute_number: episode } },
    }, random);
  }
}

function sampleFile(
  container: Container,
  picture: Picture,
  tracks: readonly SampleTrack[],
  names: { directory: string; stem: string; title: string; plugin: unknown },
  random: SeededRandom,
): SampleFile {
  const bytesPerSecond = picture.megabits * BYTES_PER_MEGABIT * (0.6 + 0.8 * random.unit());
  const tagged = container === MATROSKA && random.chance(0.35);
  return {
    directory: names.directory,
    filename: names.stem + container.extension,
    extension: container.extension,
    containerFormat: container.format,
    sizeBytes: Math.round(bytesPerSecond * (tracks[0]?.duration_seconds ?? 0)),
    pluginMetadata: random.chance(0.8) ? names.plugin : null,
    containerTags: tagged
      ? { title: names.title, encoder: "libebml v1.4.5 + libmatroska v1.7.1" }
      : { title: names.title },
    tracks,
  };
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
