// What lwIP asks of a compiler and a machine.
#pragma once

#include <stdint.h>
#include <stdlib.h>

#define LWIP_RAND() ((uint32_t)rand())
#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)
#define LWIP_PLATFORM_DIAG(words) ((void)0)
#define LWIP_PLATFORM_ASSERT(words) abort()

#ifdef __cplusplus
extern "C" {
#endif

// Sums in the order of the machine's bytes, as lwIP adds them.
uint16_t bench_sum(const void* bytes, int size);
uint16_t bench_copy_and_sum(void* to, const void* from, uint16_t size);

#ifdef __cplusplus
}
#endif
