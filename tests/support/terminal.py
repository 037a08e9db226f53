"""Runs a command on a terminal of its own and prints what came there as JSON.

Standard input is one JSON document:
  program, args, env, cwd   the command
  columns                   width of the terminal
  script                    [{"await": text, "send": text}] or [{"await": text, "signal": name}] or
                            [{"await": text, "resize": [rows, columns]}]: done one after the other, each as soon as
                            its text has come since the one before
  files                     {"stdin" | "stdout" | "stderr": path}: streams that are not the terminal
  seconds                   after this the command is killed
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


def start(task):
    pid, terminal = pty.fork()
    if pid != 0:
        return pid, terminal
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, task["columns"], 0, 0))
        for number, stream in enumerate(("stdin", "stdout", "stderr")):
            path = task["files"].get(stream)
            if path is not None:
                flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                os.dup2(os.open(path, flags, 0o600), number)
        os.chdir(task["cwd"])
        os.execvpe(task["program"], [task["program"], *task["args"]], task["env"])
    except OSError as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(127)


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux's way to say that nobody has the other end any more.
        return b""


def act(step, pid, terminal):
    if "signal" in step:
        # To all that runs there, as a terminal does it.
        os.killpg(pid, getattr(signal, step["signal"]))
    elif "resize" in step:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *step["resize"], 0, 0))
    else:
        os.write(terminal, step["send"].encode())


def talk(task, pid, terminal):
    """Gives what came and how many steps of the script were done."""
    deadline = time.monotonic() + task["seconds"]
    came, seen, done = b"", 0, 0
    while True:
        while done < len(task["script"]):
            awaited = task["script"][done]["await"].encode()
            found = came.find(awaited, seen)
            if found == -1:
                break
            seen = found + len(awaited)
            act(task["script"][done], pid, terminal)
            done += 1
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            os.kill(pid, signal.SIGKILL)
            return came, done
        chunk = read(terminal)
        if not chunk:
            return came, done
        came += chunk


def main():
    task = json.load(sys.stdin)
    pid, terminal = start(task)
    came, done = talk(task, pid, terminal)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    json.dump({"code": code, "terminal": came.decode(errors="replace"), "steps": done}, sys.stdout)


main()
