#!/bin/sh
{ # A shell does nothing before it has read the brace on the last line: of half a download, nothing is run.
# Installs vpo-backup for the user who runs this: downloads the package for this system, checks its SHA-256, and copies
# the executable, the manual page and the completions to below ~/.local. Nothing needs root.
set -eu

usage() {
  cat <<'END'
Usage: install.sh [--version VERSION] [--prefix DIR] [--uninstall]
  --version VERSION  install this version and not the latest
  --prefix DIR       install below this directory (default ~/.local)
  --uninstall        remove what an installation below the prefix has put there
VPO_BACKUP_RELEASES=URL  where the releases are, such as https://host/owner/project/releases
END
}

# The address is put in by `deno task installers` when a release is made.
releases=${VPO_BACKUP_RELEASES:-@RELEASES@}
version=
prefix=${HOME:+$HOME/.local}
uninstall=

fail() {
  printf 'Error: %s\n' "$1" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --version | --prefix)
      [ $# -ge 2 ] || fail "$1 needs a value"
      [ -n "$2" ] || fail "$1 needs a value"
      if [ "$1" = --version ]; then version=${2#v}; else prefix=$2; fi
      shift 2
      ;;
    --uninstall)
      uninstall=yes
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
done

[ -n "$prefix" ] || fail 'HOME is not set: say where to install to with --prefix DIR'
case $prefix in
  /*) ;;
  *) prefix=$PWD/$prefix ;;
esac

# What is installed: the file in the package, its place below the prefix, its mode.
installed() {
  cat <<'END'
vpo-backup bin/vpo-backup 755
vpo-backup.1 share/man/man1/vpo-backup.1 644
completions/vpo-backup.bash share/bash-completion/completions/vpo-backup 644
completions/_vpo-backup share/zsh/site-functions/_vpo-backup 644
completions/vpo-backup.fish share/fish/vendor_completions.d/vpo-backup.fish 644
completions/vpo-backup.nu share/nushell/vendor/autoload/vpo-backup.nu 644
END
}

# A link to a directory is none that we have made either: what is moved there would land in it.
require_no_directory() {
  [ ! -d "$1" ] || fail "$1 is a directory: nothing was done with it"
}

remove() {
  while read -r _ place _; do
    [ -e "$prefix/$place" ] || [ -L "$prefix/$place" ] || continue
    require_no_directory "$prefix/$place"
    rm -f "$prefix/$place"
    printf 'Removed %s\n' "$prefix/$place"
  done <<END
$(installed)
END
  printf 'Your library and your backups are where they were.\n'
}

system() {
  os=$(uname -s)
  arch=$(uname -m)
  case $os in
    Linux)
      os=linux
      # The executable is built for glibc; Alpine and other systems with musl cannot start it.
      if ! ldd --version 2>&1 | grep -qiE 'glibc|gnu libc' && ls /lib/ld-musl-* >/dev/null 2>&1; then
        fail 'this system has musl and not glibc, which the executable needs'
      fi
      ;;
    Darwin)
      os=macos
      # A shell under Rosetta says x86_64 on Apple's own processors.
      [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" != 1 ] || arch=arm64
      ;;
    *) fail "there is no package for $os" ;;
  esac
  case $arch in
    x86_64 | amd64) arch=x86_64 ;;
    aarch64 | arm64) arch=aarch64 ;;
    *) fail "there is no package for $os on $arch" ;;
  esac
  printf '%s-%s\n' "$os" "$arch"
}

# fetch URL FILE
fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$2" "$1"
  else
    fail 'neither curl nor wget is installed'
  fi || fail "cannot download $1"
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  else
    fail 'neither sha256sum nor shasum is installed, so nothing can be checked'
  fi
}

install_package() {
  case $releases in
    http://* | https://* | file://*) ;;
    *) fail 'this copy does not know where the releases are: say it with VPO_BACKUP_RELEASES=URL' ;;
  esac
  from=$releases/latest/download
  [ -z "$version" ] || from=$releases/download/v$version
  system=$(system)
  work=$(mktemp -d)
  beside=
  trap 'rm -rf "$work" ${beside:+"$beside"}' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  fetch "$from/SHA256SUMS" "$work/SHA256SUMS"
  line=$(grep -E "^[0-9a-f]{64}  vpo-backup-[0-9A-Za-z.+-]+-$system\.tar\.gz\$" "$work/SHA256SUMS") ||
    fail "$from has no package for $system"
  [ "$(printf '%s\n' "$line" | wc -l)" -eq 1 ] || fail "$from has more than one package for $system"
  sum=${line%% *}
  file=${line##* }
  printf 'Downloading %s\n' "$from/$file"
  fetch "$from/$file" "$work/$file"
  found=$(sha256 "$work/$file")
  [ "$found" = "$sum" ] || fail "$file is not what SHA256SUMS says: $found and not $sum; nothing was installed"

  tar -xzf "$work/$file" -C "$work"
  package=$work/${file%.tar.gz}
  # Tried where it is to be, for nothing may start in a temporary directory (noexec).
  existing=$prefix/bin
  while [ -n "$existing" ] && [ ! -d "$existing" ]; do existing=${existing%/*}; done
  beside=$(mktemp -d "${existing:-/}/.vpo-backup.XXXXXX") || fail "nothing can be written in ${existing:-/}"
  cp "$package/vpo-backup" "$beside/new"
  chmod 755 "$beside/new"
  "$beside/new" --version >/dev/null ||
    fail "the executable does not start in ${existing:-/}; nothing was installed"
  rm -rf "$beside"
  while read -r _ place _; do require_no_directory "$prefix/$place"; done <<END
$(installed)
END
  # Others must get to what is not below a home.
  case $prefix/ in
    "${HOME:-/dev/null}"/*) mask=$(umask) ;;
    *) mask=022 ;;
  esac
  while read -r name place mode; do
    [ -e "$package/$name" ] || continue
    chmod "$mode" "$package/$name"
    (umask "$mask" && mkdir -p "$prefix/${place%/*}")
    # First beside its place: a copy that is broken off, or one that runs, is never in the way. In a directory of our
    # own, because a name that others can guess may be a link of theirs to anywhere.
    beside=$(mktemp -d "$prefix/${place%/*}/.vpo-backup.XXXXXX")
    (umask 022 && cp "$package/$name" "$beside/new")
    mv -f "$beside/new" "$prefix/$place"
    rm -rf "$beside"
  done <<END
$(installed)
END
  found=$("$prefix/bin/vpo-backup" --version) || fail "$prefix/bin/vpo-backup does not start"
  printf 'Installed %s: %s\n' "$found" "$prefix/bin/vpo-backup"
  case ":${PATH:-}:" in
    *":$prefix/bin:"*) ;;
    *)
      # shellcheck disable=SC2016 # It is for the user's shell to expand.
      printf 'Add it to your PATH, for instance in ~/.profile:\n  export PATH="%s:$PATH"\n' "$prefix/bin"
      ;;
  esac
}

if [ -n "$uninstall" ]; then remove; else install_package; fi
}
