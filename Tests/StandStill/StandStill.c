/*
 * Put before the C library of a program that Valgrind runs.
 *
 * The main thread of a Swift program ends in sigsuspend with a mask that stands in read-only memory. Valgrind 3.19 takes
 * signals out of the mask where it stands, and dies of it. Here the thread waits without a mask; nothing is to come to it.
 */
#include <signal.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
  (void)mask;
  for (;;) pause();
}
