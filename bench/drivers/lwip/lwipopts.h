// How lwIP is built to be measured: tuned for speed, with all that acksu does in the same
// workloads.
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_IPV6 0
#define LWIP_RAW 0
#define LWIP_STATS 0
#define LWIP_NOASSERT 1
#define IP_REASSEMBLY 0
#define IP_FRAG 0

// Memory from pools (lwippools.h), which give back first what was used last.
#define MEM_ALIGNMENT 8
#define MEM_USE_POOLS 1
#define MEMP_USE_CUSTOM_POOLS 1
#define MEMP_NUM_TCP_PCB 10100
#define MEMP_NUM_TCP_PCB_LISTEN 8
#define MEMP_NUM_TCP_SEG 30000
#define PBUF_POOL_SIZE 0

// lwIP counts the bytes of a frame in 16 bits: this is nearly the largest MSS that it can have.
// What a connection uses comes from its link's MTU.
#define TCP_MSS 65000
#define TCP_WND (256 * 1024)
#define TCP_SND_BUF (256 * 1024)
#define TCP_SND_QUEUELEN 2048
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1  // they speak of select(), which is not there
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 3
#define LWIP_TCP_TIMESTAMPS 1
#define LWIP_TCP_SACK_OUT 1

// Frames leave in one piece, text arrives by reference, and connections remember which entry of the
// ARP table they use.
#define LWIP_NETIF_TX_SINGLE_PBUF 1
#define LWIP_NETIF_HWADDRHINT 1
#define LWIP_SUPPORT_CUSTOM_PBUF 1

// All checksums are made and verified, with acksu's sums: faster than those that lwIP brings.
#define LWIP_CHECKSUM_ON_COPY 1
#define LWIP_CHKSUM bench_sum
#define LWIP_CHKSUM_COPY(to, from, size) bench_copy_and_sum(to, from, size)
