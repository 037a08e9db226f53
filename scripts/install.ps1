# Installs vpo-backup for the user who runs this: downloads the package for this system, checks its SHA-256, and puts
# the executable into %LOCALAPPDATA%\vpo-backup. Nothing needs an administrator.
[CmdletBinding()]
param(
  # Install this version and not the latest.
  [string]$Version = '',
  # Install into this directory.
  [string]$Directory = $(if ($env:LOCALAPPDATA) { Join-Path $env:LOCALAPPDATA 'vpo-backup' }),
  # Where the releases are; the address is put in by `deno task installers` when a release is made.
  [string]$Releases = $(if ($env:VPO_BACKUP_RELEASES) { $env:VPO_BACKUP_RELEASES } else { '@RELEASES@' }),
  # Remove what an installation has put there.
  [switch]$Uninstall
) & { # Of half a download nothing is run: PowerShell reads to the brace on the last line first.
$ErrorActionPreference = 'Stop'
# The progress bar of Windows PowerShell makes downloads many times slower.
$ProgressPreference = 'SilentlyContinue'
if (-not $Directory) { throw 'Say where to install to with -Directory DIR' }
# A relative one counts from where PowerShell is, which is not always where the process is.
$Directory = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Directory)
$Executable = Join-Path $Directory 'vpo-backup.exe'
# What is copied to a directory would land in it.
if (Test-Path -LiteralPath $Executable -PathType Container) {
  throw "$Executable is a directory: nothing was done with it"
}

if ($Uninstall) {
  if (Test-Path -LiteralPath $Executable) {
    Remove-Item -LiteralPath $Executable
    Write-Output "Removed $Executable"
  }
  Write-Output 'Your library and your backups are where they were.'
  return
}

if ($Releases -notmatch '^(https?|file)://') {
  throw 'This copy does not know where the releases are: say it with -Releases URL'
}
$From = "$Releases/latest/download"
if ($Version) { $From = "$Releases/download/v$($Version.TrimStart('v'))" }
# A 32-bit PowerShell says x86 and has the real one in the other variable.
$Processor = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { $env:PROCESSOR_ARCHITECTURE }
# Windows on ARM starts programs for x86_64, too, where there is none of its own.
$Systems = if ($Processor -eq 'ARM64') { 'windows-aarch64', 'windows-x86_64' } else { , 'windows-x86_64' }

$Work = Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid())
New-Item -ItemType Directory $Work | Out-Null
try {
  $Sums = Join-Path $Work 'SHA256SUMS'
  Invoke-WebRequest "$From/SHA256SUMS" -OutFile $Sums -UseBasicParsing
  $Line = foreach ($System in $Systems) {
    Get-Content $Sums | Where-Object { $_ -match "^[0-9a-f]{64}  vpo-backup-[0-9A-Za-z.+-]+-$System\.zip$" }
  }
  $Line = @($Line)[0]
  if (-not $Line) { throw "$From has no package for this system" }
  $Sum, $File = $Line -split '  '

  Write-Output "Downloading $From/$File"
  $Package = Join-Path $Work $File
  Invoke-WebRequest "$From/$File" -OutFile $Package -UseBasicParsing
  $Found = (Get-FileHash $Package -Algorithm SHA256).Hash.ToLowerInvariant()
  if ($Found -ne $Sum) { throw "$File is not what SHA256SUMS says: $Found and not $Sum; nothing was installed" }

  Expand-Archive $Package -DestinationPath $Work
  $New = Join-Path $Work (Join-Path ($File -replace '\.zip$', '') 'vpo-backup.exe')
  $Said = & $New --version
  if ($LASTEXITCODE -ne 0) { throw 'The executable does not start here; nothing was installed' }
  New-Item -ItemType Directory $Directory -Force | Out-Null
  # First beside its place, under a name that nothing has: a copy that is broken off is never in the way.
  $Beside = Join-Path $Directory "vpo-backup-$([Guid]::NewGuid()).exe"
  try {
    Copy-Item $New $Beside
    Move-Item -LiteralPath $Beside $Executable -Force
  } finally {
    if (Test-Path -LiteralPath $Beside) { Remove-Item -LiteralPath $Beside }
  }
  $Said = & $Executable --version
  if ($LASTEXITCODE -ne 0) { throw "$Executable does not start" }
  Write-Output "Installed ${Said}: $Executable"
} finally {
  Remove-Item $Work -Recurse -Force
}

if (($env:PATH -split ';') -notcontains $Directory) {
  Write-Output 'Add it to your PATH, for new windows:'
  Write-Output "  [Environment]::SetEnvironmentVariable('PATH', [Environment]::GetEnvironmentVariable('PATH', 'User') + ';$Directory', 'User')"
}
}
