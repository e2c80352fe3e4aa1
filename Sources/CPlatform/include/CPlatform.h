// What the library takes from the system and the processor. The only place with an #if.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xmmintrin.h>

/// Instruction sets of this processor that the system lets programs use: 0 SSE2, 1 AVX2 with FMA,
/// 2 AVX-512 (F, BW, DQ, VL: x86-64-v4).
int platformInstructionSet(void);

/// Rounding to nearest, all exceptions masked, and denormals flushed to zero or not; returns the
/// state to give back afterwards.
static inline uint32_t platformFlushDenormals(void) {
  uint32_t old = _mm_getcsr();
  _mm_setcsr(0x1F80 | 0x8040);
  return old;
}
static inline uint32_t platformStandardFloatState(void) {
  uint32_t old = _mm_getcsr();
  _mm_setcsr(0x1F80);
  return old;
}
static inline void platformRestoreFloatState(uint32_t old) { _mm_setcsr(old); }

/// The calling thread's text, kept until it ends. A text that does not fit in memory is not kept.
void platformSetThreadText(const char *bytes, size_t count);
const char *platformThreadText(void);

/// Cores this process may run on, at least 1.
int platformCoreCount(void);

/// The core the calling thread is on; negative if the system does not say.
int platformCore(void);

/// Moves the calling thread to another of the cores it may run on, if there is one. Where it may
/// run stays as it was.
void platformLeaveCore(int core);

/// pthread_create for a thread that leaves the host's signals to the host's threads.
int platformStartThread(pthread_t *thread, void *(*body)(void *), void *argument);

/// A flag that any thread or signal handler may raise.
typedef struct PlatformFlag { int value; } PlatformFlag;
static inline void platformRaise(PlatformFlag *flag) {
  __atomic_store_n(&flag->value, 1, __ATOMIC_RELAXED);
}
static inline void platformLower(PlatformFlag *flag) {
  __atomic_store_n(&flag->value, 0, __ATOMIC_RELAXED);
}
static inline int platformIsRaised(const PlatformFlag *flag) {
  return __atomic_load_n(&flag->value, __ATOMIC_RELAXED);
}

/// open(2) with a mode, which Swift cannot call because it is variadic.
int platformOpenForReading(const char *path);
int platformCreateTemporary(const char *path);

/// CRC-32C (Castagnoli) of bytes, going on from the CRC of those before; 0 to begin.
uint32_t platformChecksum(uint32_t before, const uint8_t *bytes, size_t count);

/// What the last call that failed left in errno, and the text of such a number.
static inline int platformError(void) { return errno; }
void platformErrorText(int error, char *text, size_t capacity);

/// What stands at a path or behind an open file.
typedef struct PlatformFileState {
  int64_t size;
  uint32_t permissions;
  int isRegular;
} PlatformFileState;
int platformStateOfPath(const char *path, PlatformFileState *state);
int platformStateOfFile(int file, PlatformFileState *state);

/// read(2) and write(2), done again after a signal.
int64_t platformRead(int file, uint8_t *bytes, size_t count);
int64_t platformWrite(int file, const uint8_t *bytes, size_t count);

/// Where a symbolic link at the path leads in the end, in capacity bytes with the NUL. Returns 0 if
/// there is no link, 1 if there is, −1 for an error.
int platformFollowLink(const char *path, char *target, size_t capacity);

/// Makes the names in the folder of a path last. That some file systems cannot is no error.
void platformSyncFolder(const char *folder);
