/*
 * A FUSE file system that passes everything through to another directory, except that some kinds of calls always get
 * an error, as on shares, VirtualBox folders and FAT. Unlike what LD_PRELOAD brings in, every program finds it so.
 *
 *   ODD_ROOT      the directory that is passed through
 *   ODD_ANSWERS   kinds with numbers of errno.h, such as "link=18,syncdir=22": chmod, chown, fsync, link, lock, mkdir,
 *                 rename, syncdir (fsync of a directory), unlink
 *   ODD_NUMBER    the inode number of all files; where it is missing each has its own
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char *root;

static int answer_to(const char *kind) {
  size_t length = strlen(kind);
  for (const char *one = getenv("ODD_ANSWERS"); one; one = strchr(one, ',') ? strchr(one, ',') + 1 : NULL) {
    if (strncmp(one, kind, length) == 0 && one[length] == '=') return atoi(one + length + 1);
  }
  return 0;
}

#define PATH_OF(real, path)       \
  char real[PATH_MAX];            \
  snprintf(real, sizeof real, "%s%s", root, path)

#define ANSWER(kind)                       \
  do {                                     \
    int error = answer_to(kind);           \
    if (error) return -error;              \
  } while (0)

static int result(ssize_t answer) { return answer < 0 ? -errno : (int)answer; }

static int odd_getattr(const char *path, struct stat *info, struct fuse_file_info *file) {
  (void)file;
  PATH_OF(real, path);
  int answer = result(lstat(real, info));
  const char *number = getenv("ODD_NUMBER");
  if (answer == 0 && number && S_ISREG(info->st_mode)) info->st_ino = strtoull(number, NULL, 10);
  return answer;
}

/* Without use_ino, FUSE makes up a number for each name. */
static void *odd_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  config->use_ino = getenv("ODD_NUMBER") != NULL;
  return NULL;
}

static int odd_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
                       enum fuse_readdir_flags flags) {
  (void)offset, (void)file, (void)flags;
  PATH_OF(real, path);
  DIR *directory = opendir(real);
  if (!directory) return -errno;
  struct dirent *entry;
  while ((entry = readdir(directory))) fill(buffer, entry->d_name, NULL, 0, 0);
  closedir(directory);
  return 0;
}

static int odd_readlink(const char *path, char *target, size_t size) {
  PATH_OF(real, path);
  ssize_t length = readlink(real, target, size - 1);
  if (length < 0) return -errno;
  target[length] = 0;
  return 0;
}

static int keep(struct fuse_file_info *file, int fd) {
  if (fd < 0) return -errno;
  file->fh = (uint64_t)fd;
  return 0;
}

static int odd_open(const char *path, struct fuse_file_info *file) {
  PATH_OF(real, path);
  return keep(file, open(real, file->flags));
}

static int odd_create(const char *path, mode_t mode, struct fuse_file_info *file) {
  PATH_OF(real, path);
  return keep(file, open(real, file->flags | O_CREAT, mode));
}

static int odd_read(const char *path, char *bytes, size_t size, off_t offset, struct fuse_file_info *file) {
  (void)path;
  return result(pread((int)file->fh, bytes, size, offset));
}

static int odd_write(const char *path, const char *bytes, size_t size, off_t offset, struct fuse_file_info *file) {
  (void)path;
  return result(pwrite((int)file->fh, bytes, size, offset));
}

static int odd_release(const char *path, struct fuse_file_info *file) {
  (void)path;
  return result(close((int)file->fh));
}

static int odd_fsync(const char *path, int only_data, struct fuse_file_info *file) {
  (void)path, (void)only_data;
  ANSWER("fsync");
  return result(fsync((int)file->fh));
}

static int odd_fsyncdir(const char *path, int only_data, struct fuse_file_info *file) {
  (void)path, (void)only_data, (void)file;
  return -answer_to("syncdir");
}

static int odd_mkdir(const char *path, mode_t mode) {
  ANSWER("mkdir");
  PATH_OF(real, path);
  return result(mkdir(real, mode));
}

static int odd_symlink(const char *target, const char *path) {
  PATH_OF(real, path);
  return result(symlink(target, real));
}

static int odd_unlink(const char *path) {
  ANSWER("unlink");
  PATH_OF(real, path);
  return result(unlink(real));
}

static int odd_rmdir(const char *path) {
  PATH_OF(real, path);
  return result(rmdir(real));
}

static int odd_rename(const char *from, const char *to, unsigned flags) {
  ANSWER("rename");
  if (flags) return -EINVAL;
  PATH_OF(real_from, from);
  PATH_OF(real_to, to);
  return result(rename(real_from, real_to));
}

static int odd_link(const char *from, const char *to) {
  ANSWER("link");
  PATH_OF(real_from, from);
  PATH_OF(real_to, to);
  return result(link(real_from, real_to));
}

static int odd_chmod(const char *path, mode_t mode, struct fuse_file_info *file) {
  (void)file;
  ANSWER("chmod");
  PATH_OF(real, path);
  return result(chmod(real, mode));
}

static int odd_chown(const char *path, uid_t owner, gid_t group, struct fuse_file_info *file) {
  (void)file;
  ANSWER("chown");
  PATH_OF(real, path);
  return result(lchown(real, owner, group));
}

static int odd_truncate(const char *path, off_t size, struct fuse_file_info *file) {
  (void)file;
  PATH_OF(real, path);
  return result(truncate(real, size));
}

static int odd_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *file) {
  (void)file;
  PATH_OF(real, path);
  return result(utimensat(AT_FDCWD, real, times, AT_SYMLINK_NOFOLLOW));
}

static int odd_statfs(const char *path, struct statvfs *info) {
  PATH_OF(real, path);
  return result(statvfs(real, info));
}

static int odd_lock(const char *path, struct fuse_file_info *file, int command, struct flock *lock) {
  (void)path, (void)file, (void)command, (void)lock;
  return -answer_to("lock");
}

static int odd_flock(const char *path, struct fuse_file_info *file, int operation) {
  (void)path, (void)file, (void)operation;
  return -answer_to("lock");
}

int main(int count, char **arguments) {
  root = getenv("ODD_ROOT");
  struct fuse_operations operations = {
      .getattr = odd_getattr,   .readdir = odd_readdir, .readlink = odd_readlink, .open = odd_open,
      .create = odd_create,     .read = odd_read,       .write = odd_write,       .release = odd_release,
      .fsync = odd_fsync,       .fsyncdir = odd_fsyncdir, .mkdir = odd_mkdir,     .symlink = odd_symlink,
      .unlink = odd_unlink,     .rmdir = odd_rmdir,     .rename = odd_rename,     .link = odd_link,
      .chmod = odd_chmod,       .chown = odd_chown,     .truncate = odd_truncate, .utimens = odd_utimens,
      .statfs = odd_statfs,     .init = odd_init,
  };
  /* Where no operation stands for them, the kernel keeps the locks of this machine. */
  if (answer_to("lock")) {
    operations.lock = odd_lock;
    operations.flock = odd_flock;
  }
  return fuse_main(count, arguments, &operations, NULL);
}
