/* What is to happen at the calls that file_calls.c stands before. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static atomic_long count, alike;
/* Place among all of the call at which it begins to happen; 0 while that is not known. */
static atomic_long begun;
static const char *alike_to;
static const char *below, *odd, *answers;
static long at;
/* Set once a call has found the disk full, or was made to; statfs then says that, too. */
static atomic_int full;
static int what, onward, reads, locks, room, no_inodes, log_file = -1;

__attribute__((constructor)) static void begin(void) {
  below = getenv("TORTURE_BELOW");
  what = getenv("TORTURE_DO") ? atoi(getenv("TORTURE_DO")) : 0;
  at = getenv("TORTURE_AT") ? atol(getenv("TORTURE_AT")) : 0;
  alike_to = getenv("TORTURE_CALL");
  begun = alike_to ? 0 : at;
  onward = getenv("TORTURE_ONWARD") != NULL;
  reads = getenv("TORTURE_READS") != NULL;
  locks = getenv("TORTURE_LOCKS") != NULL;
  room = getenv("TORTURE_ROOM") != NULL;
  no_inodes = getenv("TORTURE_NO_INODES") != NULL;
  odd = getenv("TORTURE_ODD");
  answers = getenv("TORTURE_ANSWERS");
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
  return strncmp(alike_to, kind, length) == 0 && alike_to[length] == ' ' && fnmatch(alike_to + length + 1, path, 0) == 0;
}

/* Whether something is to happen at the call that has this place among all. */
static int has_come(long place, const char *kind, const char *path) {
  if (at == 0 || what == 0) return 0;
  if (alike_to && is_alike(kind, path) && ++alike == at) begun = place;
  return begun != 0 && (place == begun || (onward && place > begun)) && fits(kind);
}

static int is_below(const char *directory, const char *path) {
  size_t length = directory ? strlen(directory) : 0;
  return length > 0 && strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* The error that the odd file system always has for this kind of call; 0 for none. */
static int answer_to(const char *kind, const char *path) {
  if (!answers || !odd || (!is_below(odd, path) && strcmp(odd, path) != 0)) return 0;
  size_t length = strlen(kind);
  for (const char *one = answers; one; one = strchr(one, ',') ? strchr(one, ',') + 1 : NULL) {
    if (strncmp(one, kind, length) != 0 || one[length] != '=') continue;
    char call[PATH_MAX + 16];
    snprintf(call, sizeof call, "%s %s", kind, path);
    note(0, "=", call);
    return atoi(one + length + 1);
  }
  return 0;
}

/* The error that a call on this path is to fail with; 0 when it is to be made. */
static int trial(const char *kind, const char *path) {
  if (!is_below(below, path)) return answer_to(kind, path);
  long place = ++count;
  note(place, kind, path);
  if (!has_come(place, kind, path)) return answer_to(kind, path);
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
  return answer_to(kind, path);
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
