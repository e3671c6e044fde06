#pragma once
/* Parts of the C library that Swift's Glibc module leaves out. */
#include <malloc.h>
#include <pthread.h>
#include <time.h>

/* <pthread.h> declares it with _GNU_SOURCE only; glibc 2.31 and later have it. */
int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock, const struct timespec *until);

/* Joins a thread, but waits no longer than until a time of CLOCK_MONOTONIC; 0 if it has ended. */
static inline int hub_join_until(pthread_t thread, const struct timespec *until) {
  return pthread_clockjoin_np(thread, 0, CLOCK_MONOTONIC, until);
}
