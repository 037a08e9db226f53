/*
 * Lets user-mode Linux run on processors whose registers do not fit into what it keeps of them (AVX-512, AMX): the
 * kernel refuses to set a part (EFAULT), and the machine panics at its first process. What it asks for is answered from
 * the whole, and the rest is kept beside each of its buffers until it sets the registers from there again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
  WHOLE_BYTES = 16 * 1024,
  /* Where the bits are that say which registers are not as they are at the start: x87, SSE and AVX are its part. */
  HEADER_AT = 512,
  PART_BITS = 7,
  /* More than the machine ever has threads. */
  RESTS = 4096,
};

static struct rest {
  const void *of;
  unsigned char *bytes;
  size_t size;
} rests[RESTS];

/* The place for the rest of what this buffer holds a part of. */
static struct rest *rest_of(const void *buffer) {
  size_t first = ((uintptr_t)buffer >> 4) % RESTS;
  for (size_t i = 0; i < RESTS; i++) {
    struct rest *rest = &rests[(first + i) % RESTS];
    if (rest->of == NULL) rest->of = buffer;
    if (rest->of == buffer) return rest;
  }
  abort();
}

static void keep(struct rest *rest, const unsigned char *bytes, size_t size) {
  if (rest->bytes == NULL) rest->bytes = malloc(WHOLE_BYTES);
  if (rest->bytes == NULL) abort();
  memcpy(rest->bytes, bytes, size);
  rest->size = size;
}

long ptrace(enum __ptrace_request request, ...) {
  va_list list;
  va_start(list, request);
  pid_t process = va_arg(list, pid_t);
  void *address = va_arg(list, void *);
  void *data = va_arg(list, void *);
  va_end(list);
  static long (*real)(enum __ptrace_request, ...);
  if (!real) real = (long (*)(enum __ptrace_request, ...))dlsym(RTLD_NEXT, "ptrace");
  int is_set = request == PTRACE_SETREGSET;
  if ((request != PTRACE_GETREGSET && !is_set) || (uintptr_t)address != NT_X86_XSTATE)
    return real(request, process, address, data);

  static unsigned char whole[WHOLE_BYTES] __attribute__((aligned(64)));
  struct iovec all = {whole, sizeof whole};
  if (real(PTRACE_GETREGSET, process, address, &all) < 0) return -1;
  struct iovec *part = data;
  if (part->iov_len >= all.iov_len) return real(request, process, address, data);
  unsigned char *more = whole + part->iov_len;
  size_t size = all.iov_len - part->iov_len;
  struct rest *rest = rest_of(part->iov_base);
  if (!is_set) {
    memcpy(part->iov_base, whole, part->iov_len);
    keep(rest, more, size);
    return 0;
  }
  memcpy(whole, part->iov_base, part->iov_len);
  if (rest->size == size) memcpy(more, rest->bytes, size);
  else *(uint64_t *)(whole + HEADER_AT) &= PART_BITS;
  return real(PTRACE_SETREGSET, process, address, &all);
}
