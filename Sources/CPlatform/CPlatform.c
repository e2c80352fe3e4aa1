#define _GNU_SOURCE
#include "CPlatform.h"

#include <cpuid.h>
#include <sched.h>
#include <signal.h>

#if !defined(__x86_64__)
#error "cnnlstm has kernels for x86-64"
#endif

#ifdef CNNLSTM_EMBEDDED
// Embedded Swift calls this for an object whose initializer threw, after releasing what it held;
// the weak one it brings along frees nothing.
void swift_deallocPartialClassInstance(void *object, void *metadata, size_t size,
                                       size_t alignMask) {
  (void)metadata, (void)size, (void)alignMask;
  free(object);
}
#endif

static int hasAll(uint64_t found, uint64_t wanted) { return (found & wanted) == wanted; }

/// The registers that the system saves, a bit each. Only where OSXSAVE is set.
__attribute__((target("xsave"))) static uint64_t savedRegisters(void) {
  return __builtin_ia32_xgetbv(0);
}

// The compiler's own __builtin_cpu_supports brings 4 KB of tables of processors along.
int platformInstructionSet(void) {
  const uint64_t ymm = 0x6, zmm = 0xE6;
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !hasAll(ecx, bit_OSXSAVE | bit_FMA)) return 0;
  uint64_t saved = savedRegisters();
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || !hasAll(ebx, bit_AVX2) ||
      !hasAll(saved, ymm))
    return 0;
  if (!hasAll(ebx, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL) ||
      !hasAll(saved, zmm))
    return 1;
  if (eax < 1 || !hasAll(ecx, bit_AVX512VNNI)) return 2;
  __cpuid_count(7, 1, eax, ebx, ecx, edx);
  return hasAll(eax, bit_AVX512BF16) ? 3 : 2;
}

static pthread_once_t textOnce = PTHREAD_ONCE_INIT;
static pthread_key_t textKey;
static int textKeyWorks;

static void makeTextKey(void) { textKeyWorks = pthread_key_create(&textKey, free) == 0; }

void platformSetThreadText(const char *bytes, size_t count) {
  pthread_once(&textOnce, makeTextKey);
  char *copy = textKeyWorks ? malloc(count + 1) : NULL;
  if (copy == NULL) return;
  memcpy(copy, bytes, count);
  copy[count] = 0;
  void *old = pthread_getspecific(textKey);
  if (pthread_setspecific(textKey, copy) == 0) free(old);
  else free(copy);
}

const char *platformThreadText(void) {
  pthread_once(&textOnce, makeTextKey);
  const char *text = textKeyWorks ? pthread_getspecific(textKey) : NULL;
  return text != NULL ? text : "";
}

int platformCoreCount(void) {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  int count = CPU_COUNT(&cores);
  return count > 0 ? count : 1;
}

int platformCore(void) { return sched_getcpu(); }

void platformLeaveCore(int core) {
  cpu_set_t allowed, others;
  if (core < 0 || core >= CPU_SETSIZE) return;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  others = allowed;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return;
  sched_setaffinity(0, sizeof allowed, &allowed);
}

int platformStartThread(pthread_t *thread, void *(*body)(void *), void *argument) {
  sigset_t all, old;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &old) != 0) return -1;
  int failed = pthread_create(thread, NULL, body, argument);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return failed;
}

int platformOpenForReading(const char *path) {
  return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

int platformCreateTemporary(const char *path) {
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static uint32_t checksumTable[256];
static pthread_once_t checksumOnce = PTHREAD_ONCE_INIT;

static void makeChecksumTable(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? 0x82F63B78u : 0);
    checksumTable[i] = value;
  }
}

__attribute__((target("sse4.2"))) static uint32_t checksumByInstruction(uint32_t crc,
                                                                        const uint8_t *bytes,
                                                                        size_t count) {
  for (; count >= 8; count -= 8, bytes += 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = (uint32_t)__builtin_ia32_crc32di(crc, word);
  }
  for (; count > 0; count--) crc = __builtin_ia32_crc32qi(crc, *bytes++);
  return crc;
}

uint32_t platformChecksum(uint32_t before, const uint8_t *bytes, size_t count) {
  unsigned eax, ebx, ecx, edx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) && hasAll(ecx, bit_SSE4_2))
    return ~checksumByInstruction(~before, bytes, count);
  pthread_once(&checksumOnce, makeChecksumTable);
  uint32_t crc = ~before;
  for (; count > 0; count--) crc = checksumTable[(crc ^ *bytes++) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

void platformErrorText(int error, char *text, size_t capacity) {
  // The GNU form: the text is the one returned, in the buffer or not.
  const char *found = strerror_r(error, text, capacity);
  if (found == text) return;
  snprintf(text, capacity, "%s", found);
}

static int stateOf(int failed, const struct stat *found, PlatformFileState *state) {
  if (failed) return -1;
  state->size = found->st_size;
  state->permissions = found->st_mode & 0777;
  state->isRegular = S_ISREG(found->st_mode);
  return 0;
}

int platformStateOfPath(const char *path, PlatformFileState *state) {
  struct stat found;
  return stateOf(stat(path, &found), &found, state);
}

int platformStateOfFile(int file, PlatformFileState *state) {
  struct stat found;
  return stateOf(fstat(file, &found), &found, state);
}

// Linux moves at most 2 GiB in a call.
static size_t piece(size_t count) { return count < 1u << 30 ? count : 1u << 30; }

int64_t platformRead(int file, uint8_t *bytes, size_t count) {
  ssize_t done;
  do done = read(file, bytes, piece(count));
  while (done < 0 && errno == EINTR);
  return done;
}

int64_t platformWrite(int file, const uint8_t *bytes, size_t count) {
  ssize_t done;
  do done = write(file, bytes, piece(count));
  while (done < 0 && errno == EINTR);
  return done;
}

int platformFollowLink(const char *path, char *target, size_t capacity) {
  struct stat found;
  if (lstat(path, &found) != 0) return errno == ENOENT ? 0 : -1;
  if (!S_ISLNK(found.st_mode)) return 0;
  char *resolved = realpath(path, NULL);
  if (resolved == NULL) return -1;
  size_t count = strlen(resolved);
  if (count < capacity) memcpy(target, resolved, count + 1);
  free(resolved);
  if (count < capacity) return 1;
  errno = ENAMETOOLONG;
  return -1;
}

void platformSyncFolder(const char *folder) {
  int opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  fsync(opened);
  close(opened);
}
