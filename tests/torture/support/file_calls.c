/*
 * Stands between a program and the C library (LD_PRELOAD) and counts the calls that change files below one directory.
 * The call at one place in that order can be made to fail, or the program to die just before it; SQLite's calls are
 * among them, because it is linked to the C library like the rest of the program.
 *
 *   TORTURE_BELOW    only calls on paths below this directory are counted
 *   TORTURE_LOG      file that gets a line for each call, "<place> <kind> <path>", and one for each call that is
 *                    struck, "<place> ! <milliseconds since 1970>"
 *   TORTURE_AT       place of the call at which something happens, from 1 on
 *   TORTURE_CALL     "<kind> <path>": when set, that place is one among the calls of this kind on this path
 *   TORTURE_DO       what happens: a number of errno.h, or a negative number of signal.h; the process gets that signal
 *                    and the call is then made
 *   TORTURE_ONWARD   when set, it happens to every call from that place on to which the error fits
 *   TORTURE_READS    when set, reading counts, too
 *   TORTURE_ROOM     when set, statfs says that the disk has room for everything, until a call has found it full
 *   TORTURE_NO_LINKS when set, the file system has no hard links
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_long count, alike;
/* Place among all of the call at which it begins to happen; 0 while that is not known. */
static atomic_long begun;
static const char *alike_to;
static const char *below;
static size_t below_length;
static long at;
/* Set once a call has found the disk full, or was made to; statfs then says that, too. */
static atomic_int full;
static int what, onward, reads, room, no_links, log_file = -1;

__attribute__((constructor)) static void begin(void) {
  below = getenv("TORTURE_BELOW");
  below_length = below ? strlen(below) : 0;
  what = getenv("TORTURE_DO") ? atoi(getenv("TORTURE_DO")) : 0;
  at = getenv("TORTURE_AT") ? atol(getenv("TORTURE_AT")) : 0;
  alike_to = getenv("TORTURE_CALL");
  begun = alike_to ? 0 : at;
  onward = getenv("TORTURE_ONWARD") != NULL;
  reads = getenv("TORTURE_READS") != NULL;
  room = getenv("TORTURE_ROOM") != NULL;
  no_links = getenv("TORTURE_NO_LINKS") != NULL;
  const char *log = getenv("TORTURE_LOG");
  if (log) log_file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(long place, const char *kind, const char *path) {
  if (log_file < 0) return;
  char line[PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%ld %s %s\n", place, kind, path);
  if (length > 0) syscall(SYS_write, log_file, line, (size_t)length);
}

static void path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlink, link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
}

static void path_at(int fd, const char *name, char *path) {
  if (name[0] == '/' || fd == AT_FDCWD) {
    snprintf(path, PATH_MAX, "%s", name);
    return;
  }
  path_of(fd, path);
  size_t length = strlen(path);
  snprintf(path + length, PATH_MAX - length, "/%s", name);
}

/* A disk that is full refuses what needs room; taking a name away, and names in general, it does not refuse. */
static int fits(const char *kind) {
  if (!onward || what != ENOSPC) return 1;
  return strcmp(kind, "write") == 0 || strcmp(kind, "create") == 0 || strcmp(kind, "mkdir") == 0 ||
         strcmp(kind, "truncate") == 0;
}

static int is_alike(const char *kind, const char *path) {
  size_t length = strlen(kind);
  return strncmp(alike_to, kind, length) == 0 && alike_to[length] == ' ' && strcmp(alike_to + length + 1, path) == 0;
}

/* Whether something is to happen at the call that has this place among all. */
static int has_come(long place, const char *kind, const char *path) {
  if (at == 0 || what == 0) return 0;
  if (alike_to && is_alike(kind, path) && ++alike == at) begun = place;
  return begun != 0 && (place == begun || (onward && place > begun)) && fits(kind);
}

/* The error that a call on this path is to fail with; 0 when it is to be made. */
static int trial(const char *kind, const char *path) {
  if (!below || strncmp(path, below, below_length) != 0 || path[below_length] != '/') return 0;
  long place = ++count;
  note(place, kind, path);
  if (!has_come(place, kind, path)) return 0;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char milliseconds[32];
  snprintf(milliseconds, sizeof milliseconds, "%lld", (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
  note(place, "!", milliseconds);
  if (onward && what == ENOSPC) full = 1;
  if (what > 0) return what;
  /* A pause must come to the thread that calls, or it would go on until the others are stopped. */
  if (what == -SIGSTOP) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSTOP);
  else syscall(SYS_kill, getpid(), -what);
  return 0;
}

static int trial_fd(const char *kind, int fd) {
  char path[PATH_MAX];
  path_of(fd, path);
  return trial(kind, path);
}

static int trial_at(const char *kind, int fd, const char *name) {
  char path[PATH_MAX];
  path_at(fd, name, path);
  return trial(kind, path);
}

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

#define BY_FD(name, kind)              \
  int name(int fd) {                   \
    REAL(int, name, int);              \
    FAIL_IF(trial_fd(kind, fd));       \
    return real(fd);                   \
  }
BY_FD(fsync, "fsync")
BY_FD(fdatasync, "fsync")

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
  FAIL_IF(no_links ? EPERM : 0);
  return real(from, to);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
  REAL(int, linkat, int, const char *, int, const char *, int);
  FAIL_IF(trial_at("link", to_fd, to));
  FAIL_IF(no_links ? EPERM : 0);
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
