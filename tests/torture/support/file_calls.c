/*
 * Stands between a program and the C library (LD_PRELOAD) and counts the calls that change files below one directory.
 * The call at one place in that order can be made to fail, or the program to die just before it; SQLite's calls are
 * among them, because it is linked to the C library like the rest of the program.
 *
 *   TORTURE_BELOW    only calls on paths below this directory are counted
 *   TORTURE_LOG      file that gets a line for each call, "<place> <kind> <path>", and one for each call that is
 *                    struck, "<place> ! <milliseconds since 1970>"
 *   TORTURE_AT       place of the call at which something happens, from 1 on
 *   TORTURE_CALL     "<kind> <path>": when set, that place is one among the calls of this kind on such paths, as
 *                    fnmatch(3) has it
 *   TORTURE_DO       what happens: a number of errno.h, or a negative number of signal.h; the process gets that signal
 *                    and the call is then made
 *   TORTURE_ONWARD   when set, it happens to every call from that place on to which the error fits
 *   TORTURE_READS    when set, reading counts, too
 *   TORTURE_LOCKS    when set, locking counts, too
 *   TORTURE_ODD      a directory on a file system that answers some kinds of calls with an error, always
 *   TORTURE_ANSWERS  these kinds with numbers of errno.h, such as "link=18,syncdir=22"; "syncdir" is fsync of a
 *                    directory, "map" is shared memory; the log gets "0 = <kind> <path>" for each
 *   TORTURE_ROOM     when set, statfs says that the disk has room for everything, until a call has found it full
 *   TORTURE_NO_INODES  when set, no file can be told from another by its inode
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>

#include "mishaps.h"

#define FAIL_IF(expression)       \
  do {                            \
    int error = (expression);     \
    if (error) {                  \
      errno = error;              \
      return -1;                  \
    }                             \
  } while (0)

/* The result of a call that was made, after a look at why it failed. */
static ssize_t made(ssize_t result) {
  if (result < 0 && errno == ENOSPC) full = 1;
  return result;
}

#define REAL(type, name, ...)                          \
  static type (*real)(__VA_ARGS__);                    \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define MODE()                                          \
  mode_t mode = 0;                                      \
  if (flags & (O_CREAT | __O_TMPFILE)) {                \
    va_list list;                                       \
    va_start(list, flags);                              \
    mode = va_arg(list, mode_t);                        \
    va_end(list);                                       \
  }

static const char *opening(int flags) { return flags & O_CREAT ? "create" : "open"; }

#define OPEN(name)                                                 \
  int name(const char *path, int flags, ...) {                     \
    REAL(int, name, const char *, int, ...);                       \
    MODE();                                                        \
    FAIL_IF(trial_at(opening(flags), AT_FDCWD, path));             \
    return made(real(path, flags, mode));                            \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                               \
  int name(int fd, const char *path, int flags, ...) {             \
    REAL(int, name, int, const char *, int, ...);                  \
    MODE();                                                        \
    FAIL_IF(trial_at(opening(flags), fd, path));                   \
    return made(real(fd, path, flags, mode));                         \
  }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(ssize_t, write, int, const void *, size_t);
  FAIL_IF(trial_fd("write", fd));
  return made(real(fd, bytes, size));
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  FAIL_IF(trial_fd("write", fd));
  return made(real(fd, parts, number));
}

#define PWRITE(name)                                                      \
  ssize_t name(int fd, const void *bytes, size_t size, off_t offset) {    \
    REAL(ssize_t, name, int, const void *, size_t, off_t);                \
    FAIL_IF(trial_fd("write", fd));                                       \
    return made(real(fd, bytes, size, offset));                           \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t read(int fd, void *bytes, size_t size) {
  REAL(ssize_t, read, int, void *, size_t);
  if (reads) FAIL_IF(trial_fd("read", fd));
  return real(fd, bytes, size);
}

#define PREAD(name)                                                 \
  ssize_t name(int fd, void *bytes, size_t size, off_t offset) {    \
    REAL(ssize_t, name, int, void *, size_t, off_t);                \
    if (reads) FAIL_IF(trial_fd("read", fd));                       \
    return real(fd, bytes, size, offset);                           \
  }
PREAD(pread)
PREAD(pread64)


/* What is made lasting is a file's content or a directory's names; some file systems can do only the first. */
#define SYNC(name)                                                      \
  int name(int fd) {                                                    \
    REAL(int, name, int);                                               \
    FAIL_IF(trial_fd("fsync", fd));                                     \
    struct stat info;                                                   \
    char path[PATH_MAX];                                                \
    path_of(fd, path);                                                  \
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) FAIL_IF(answer_to("syncdir", path)); \
    return real(fd);                                                    \
  }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name)                         \
  int name(int fd, off_t size) {               \
    REAL(int, name, int, off_t);               \
    FAIL_IF(trial_fd("truncate", fd));         \
    return made(real(fd, size));               \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define ALLOCATE(name)                                             \
  int name(int fd, int mode, off_t offset, off_t size) {           \
    REAL(int, name, int, int, off_t, off_t);                       \
    FAIL_IF(trial_fd("truncate", fd));                             \
    return made(real(fd, mode, offset, size));                     \
  }
ALLOCATE(fallocate)
ALLOCATE(fallocate64)

int rename(const char *from, const char *to) {
  REAL(int, rename, const char *, const char *);
  FAIL_IF(trial_at("rename", AT_FDCWD, to));
  return real(from, to);
}

int link(const char *from, const char *to) {
  REAL(int, link, const char *, const char *);
  FAIL_IF(trial_at("link", AT_FDCWD, to));
  return real(from, to);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
  REAL(int, linkat, int, const char *, int, const char *, int);
  FAIL_IF(trial_at("link", to_fd, to));
  return real(from_fd, from, to_fd, to, flags);
}

#define BY_PATH(name, kind)                      \
  int name(const char *path) {                   \
    REAL(int, name, const char *);               \
    FAIL_IF(trial_at(kind, AT_FDCWD, path));     \
    return real(path);                           \
  }
BY_PATH(unlink, "unlink")
BY_PATH(rmdir, "unlink")

int unlinkat(int fd, const char *path, int flags) {
  REAL(int, unlinkat, int, const char *, int);
  FAIL_IF(trial_at("unlink", fd, path));
  return real(fd, path, flags);
}

int mkdir(const char *path, mode_t mode) {
  REAL(int, mkdir, const char *, mode_t);
  FAIL_IF(trial_at("mkdir", AT_FDCWD, path));
  return real(path, mode);
}

int chmod(const char *path, mode_t mode) {
  REAL(int, chmod, const char *, mode_t);
  FAIL_IF(trial_at("chmod", AT_FDCWD, path));
  return real(path, mode);
}

int fchmod(int fd, mode_t mode) {
  REAL(int, fchmod, int, mode_t);
  FAIL_IF(trial_fd("chmod", fd));
  return real(fd, mode);
}

int chown(const char *path, uid_t owner, gid_t group) {
  REAL(int, chown, const char *, uid_t, gid_t);
  FAIL_IF(trial_at("chown", AT_FDCWD, path));
  return real(path, owner, group);
}

int fchown(int fd, uid_t owner, gid_t group) {
  REAL(int, fchown, int, uid_t, gid_t);
  FAIL_IF(trial_fd("chown", fd));
  return real(fd, owner, group);
}

static int is_lock(int command) {
  return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

static int trial_of_lock(int fd) {
  char path[PATH_MAX];
  path_of(fd, path);
  return locks ? trial("lock", path) : answer_to("lock", path);
}

#define FCNTL(name)                                      \
  int name(int fd, int command, ...) {                   \
    REAL(int, name, int, int, ...);                      \
    va_list list;                                        \
    va_start(list, command);                             \
    void *argument = va_arg(list, void *);               \
    va_end(list);                                        \
    if (is_lock(command)) FAIL_IF(trial_of_lock(fd));    \
    return real(fd, command, argument);                  \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

int flock(int fd, int operation) {
  REAL(int, flock, int, int);
  FAIL_IF(trial_of_lock(fd));
  return real(fd, operation);
}

static int answer_to_map(int fd, int flags) {
  if (!answers || fd < 0 || !(flags & MAP_SHARED)) return 0;
  char path[PATH_MAX];
  path_of(fd, path);
  return answer_to("map", path);
}

#define MMAP(name)                                                                            \
  void *name(void *address, size_t size, int protection, int flags, int fd, off_t offset) {   \
    REAL(void *, name, void *, size_t, int, int, int, off_t);                                 \
    int error = answer_to_map(fd, flags);                                                     \
    if (error) {                                                                              \
      errno = error;                                                                          \
      return MAP_FAILED;                                                                      \
    }                                                                                         \
    return real(address, size, protection, flags, fd, offset);                                \
  }
MMAP(mmap)
MMAP(mmap64)

#define STATFS(name, type)                                                          \
  int name(const char *path, struct type *result) {                                 \
    REAL(int, name, const char *, struct type *);                                   \
    int answer = real(path, result);                                                \
    if (room && !full && answer == 0) result->f_bavail = result->f_bfree = result->f_blocks = 1 << 30; \
    if (full && onward && answer == 0) result->f_bavail = result->f_bfree = 0;                \
    return answer;                                                                  \
  }
STATFS(statfs, statfs)
STATFS(statfs64, statfs64)

/* How Deno looks at files; SQLite, which tells its locks apart by inodes, does not look that way. */
int statx(int fd, const char *path, int flags, unsigned mask, struct statx *result) {
  REAL(int, statx, int, const char *, int, unsigned, struct statx *);
  int answer = real(fd, path, flags, mask, result);
  if (answer == 0 && no_inodes) result->stx_ino = 0;
  return answer;
}
