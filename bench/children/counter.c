// A program that counts in both directions: prints numbered lines at a steady pace, and looks whether each client's messages are
// numbered 0, 1, 2…
//
//   counter SIZE RATE
//
// It begins at the first line of its input that holds "go" and ends at one that holds "stop", with {"last":N,…}: so many lines were
// printed, `heard` messages came, `wrong` of them were not the next of their sender, and `left` clients gave up their seats.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLIENTS 1000000

static uint64_t next_of[MAX_CLIENTS], heard, wrong, left;
static int going, stopped;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void hear(const char *line) {
  const char *from = strstr(line, "\"_from\":"), *number = strstr(line, "\"n\":");
  if (strstr(line, "\"Leave\"")) left++;
  if (!from || !number) return;
  going |= strstr(line, "\"go\"") != NULL;
  stopped |= strstr(line, "\"stop\"") != NULL;
  uint64_t id = strtoull(from + 8, NULL, 10), n = strtoull(number + 4, NULL, 10);
  heard++;
  if (id >= MAX_CLIENTS) return;
  if (n != next_of[id]) wrong++;
  next_of[id] = n + 1;
}

// Waits for input until a time, and hears the whole lines of it.
static void listen_until(uint64_t due) {
  static char text[256 * 1024];
  static size_t filled;
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  uint64_t at = now();
  struct timespec rest = {.tv_nsec = due > at ? (long)(due - at) : 0};
  if (ppoll(&input, 1, going ? &rest : NULL, NULL) <= 0) return;
  ssize_t n = read(STDIN_FILENO, text + filled, sizeof text - 1 - filled);
  if (n == 0) exit(0);
  if (n < 0) return;
  filled += n;
  char *line = text, *end;
  while ((end = memchr(line, '\n', text + filled - line))) {
    *end = 0;
    hear(line);
    line = end + 1;
  }
  filled -= line - text;
  memmove(text, line, filled);
}

static void print_line(uint64_t number, int size) {
  char line[4096];
  int used = snprintf(line, sizeof line, "{\"n\":%llu,\"pad\":\"", (unsigned long long)number);
  while (used < size - 3) line[used++] = '.';
  memcpy(line + used, "\"}\n", 3);
  if (write(STDOUT_FILENO, line, used + 3) < 0) exit(0); // nobody reads any more
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int size = atoi(argv[1]);
  double rate = atof(argv[2]);
  if (size > 4000 || rate < 1.1) return 2; // a pause below a second
  while (!going) listen_until(0);
  uint64_t start = now(), n = 0;
  while (!stopped) {
    uint64_t due = start + (uint64_t)(n * 1e9 / rate);
    if (now() >= due) print_line(n++, size);
    else listen_until(due);
  }
  printf("{\"last\":%llu,\"heard\":%llu,\"wrong\":%llu,\"left\":%llu}\n", (unsigned long long)n, (unsigned long long)heard,
    (unsigned long long)wrong, (unsigned long long)left);
  fflush(stdout);
  // The room ends when its input does.
  char rest[4096];
  while (read(STDIN_FILENO, rest, sizeof rest) > 0);
  return 0;
}
