#!/usr/bin/env bash
# smb.sh COMMAND ARGS...: runs a command on a machine that has a real SMB share mounted (root; a few seconds to boot).
# The machine is a Linux kernel that runs as an ordinary program (user-mode Linux) on this machine's own files: nothing
# outside it is mounted. It starts Samba on its own loopback and mounts the share at $SMB_SHARE, which is empty, with the
# options in $SMB_OPTIONS, such as nobrl; $SMB_LOCAL is a directory that is not on the share. Both are gone at the end.
# Output and exit status are the command's. SMB_PRELOAD is whole_xstate.c, compiled. DENO_DIR is where Deno keeps packages.
set -euo pipefail

# Outside: boots the kernel, with this script as its first process.
outside() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  printf '%s\0' "$@" >"$work/command"
  env -0 | grep -zE '^(HOME|PATH|NO_COLOR|VPO_[A-Z_]+|SMB_OPTIONS|DENO_[A-Z_]+)=' >"$work/environment" || true
  pwd >"$work/directory"
  local modules=/usr/lib/uml/modules version
  version=$(ls "$modules" | tail -1)
  mkdir -p "$work/modules/lib/modules"
  cp -r "$modules/$version" "$work/modules/lib/modules/"
  depmod -b "$work/modules" "$version" 2>/dev/null || true
  printf '#!/bin/bash\nexec bash %q --inside %q\n' "$(realpath "${BASH_SOURCE[0]}")" "$work" >"$work/init"
  chmod +x "$work/init"
  LD_PRELOAD=${SMB_PRELOAD:-} timeout "${SMB_TIMEOUT:-600}" linux.uml mem=2000M rootfstype=hostfs rootflags=/ rw \
    init="$work/init" con=null con0=null,fd:1 quiet </dev/null >"$work/console" 2>&1 || true
  if [ ! -e "$work/status" ]; then
    echo "the machine with the share did not come up:" >&2
    grep -v SELinux "$work/console" | head -20 >&2
    exit 125
  fi
  cat "$work/stdout"
  cat "$work/stderr" >&2
  exit "$(cat "$work/status")"
}

start_samba() {
  mkdir -p /mnt/disk /mnt/samba/{private,run,lock,state,cache}
  cat >/mnt/samba/smb.conf <<END
[global]
 interfaces = lo
 private dir = /mnt/samba/private
 lock directory = /mnt/samba/lock
 state directory = /mnt/samba/state
 cache directory = /mnt/samba/cache
 pid directory = /mnt/samba/run
 ncalrpc dir = /mnt/samba/run
 log file = /mnt/samba/log
 server min protocol = SMB2
 load printers = no
 disable spoolss = yes
[share]
 path = /mnt/disk
 writable = yes
 force user = root
END
  printf 'pw\npw\n' | smbpasswd -c /mnt/samba/smb.conf -s -a root >/dev/null 2>&1
  smbd -s /mnt/samba/smb.conf -D
}

mount_share() {
  mkdir -p /mnt/share
  local options=username=root,password=pw,uid=0,file_mode=0644,dir_mode=0755,vers=3.0
  for _ in $(seq 50); do
    mount -t cifs //127.0.0.1/share /mnt/share -o "$options${SMB_OPTIONS:+,$SMB_OPTIONS}" 2>/mnt/why && return
    sleep 0.3
  done
  cat /mnt/why /mnt/samba/log* | tail -20
  return 1
}

# Deno's caches are databases, of which this kernel's locks say nothing to the programs outside, and theirs nothing to it:
# both would write to one at a time, and break it. So there is a new directory here, with the same packages.
hide_deno_directory() {
  [ -n "${DENO_DIR:-}" ] || return 0
  mkdir -p /mnt/deno/npm
  mount --bind "$DENO_DIR/npm" /mnt/deno/npm
  mount --rbind /mnt/deno "$DENO_DIR"
}

# Inside: the first process of the machine, which has nothing but the files.
inside() {
  work=$1
  export PATH=/usr/sbin:/usr/bin:/sbin:/bin
  mount -t proc proc /proc
  mount -t sysfs sys /sys
  for directory in /run /var/lib/samba /var/log /var/cache /mnt; do mount -t tmpfs none "$directory"; done
  mkdir -p /mnt/local
  ip link set lo up
  for module in md5 hmac cmac sha256_generic sha512_generic aes_generic ccm gcm ecb ctr cbc ghash-generic nls_utf8 \
    des_generic cifs; do
    modprobe -d "$work/modules" "$module" 2>/dev/null || true
  done
  while IFS= read -r -d '' pair; do export "${pair?}"; done <"$work/environment"
  hide_deno_directory
  start_samba
  if mount_share; then
    export SMB_SHARE=/mnt/share SMB_LOCAL=/mnt/local
    mapfile -d '' -t command <"$work/command"
    cd "$(cat "$work/directory")" 2>/dev/null || cd /
    code=0
    "${command[@]}" >"$work/stdout" 2>"$work/stderr" </dev/null || code=$?
    echo "$code" >"$work/status"
  fi
  sync
  echo o >/proc/sysrq-trigger
  sleep 5
}

if [ "${1:-}" = --inside ]; then inside "$2"; else outside "$@"; fi
