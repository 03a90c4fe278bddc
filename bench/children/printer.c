// The program behind the rooms of a measurement: prints numbered lines once it is told to, each with the monotonic time of its printing.
//
//   printer LINES SIZE RATE [addressed]
//
// LINES of SIZE bytes, newline included; RATE lines a second, 0 for as fast as they are taken. It starts at the first line of
// its input that holds "go" and stays until its input ends. `addressed` wants the server's Join lines ({"t":"Join","_from":ID}):
// every line then names one of the clients that joined, in turn, and the numbers count up for each client by itself.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLIENTS 100000
#define BLOCK (64 * 1024)

static long clients[MAX_CLIENTS];
static int joined;
static char block[BLOCK + 64 * 1024];
static size_t filled;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void flush(void) {
  size_t done = 0;
  while (done < filled) {
    ssize_t n = write(STDOUT_FILENO, block + done, filled - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) exit(0); // nobody reads any more
    done += n;
  }
  filled = 0;
}

static char *put(char *at, const char *text) {
  return stpcpy(at, text);
}

// printf would cost more than the rest of a line.
static char *put_number(char *at, uint64_t value) {
  char digits[20];
  int n = 0;
  do digits[n++] = '0' + value % 10;
  while (value /= 10);
  while (n > 0) *at++ = digits[--n];
  return at;
}

static void wait_for_go(int addressed) {
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    if (strstr(line, "\"go\"")) return free(line);
    char *from = strstr(line, "\"_from\":");
    if (addressed && from && strstr(line, "Join") && joined < MAX_CLIENTS) clients[joined++] = atol(from + 8);
  }
  exit(0);
}

static void print_line(uint64_t number, size_t size, int addressed) {
  char *start = block + filled;
  char *at = put(start, "{");
  if (addressed) {
    at = put_number(put(at, "\"_to\":"), clients[number % joined]);
    at = put(at, ",");
    number /= joined;
  }
  at = put_number(put(at, "\"n\":"), number);
  at = put_number(put(at, ",\"ts\":"), now());
  at = put(at, ",\"pad\":\"");
  size_t used = at - start + 3;
  if (used < size) {
    memset(at, '.', size - used);
    at += size - used;
  }
  at = put(at, "\"}\n");
  filled = at - block;
  if (filled >= BLOCK) flush();
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  uint64_t lines = strtoull(argv[1], NULL, 10);
  size_t size = strtoull(argv[2], NULL, 10);
  double rate = atof(argv[3]);
  int addressed = argc > 4;
  if (size > 60 * 1024) return 2;
  wait_for_go(addressed);
  if (addressed && joined == 0) return 3;
  uint64_t start = now();
  for (uint64_t n = 0; n < lines; n++) {
    if (rate > 0) {
      uint64_t due = start + (uint64_t)(n * 1e9 / rate);
      struct timespec at = {due / 1000000000u, due % 1000000000u};
      while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR);
    }
    print_line(n, size, addressed);
    if (rate > 0) flush();
  }
  flush();
  // The room ends when its input does, not before: a close would cut the count of what arrives.
  while (read(STDIN_FILENO, block, BLOCK) > 0);
  return 0;
}
