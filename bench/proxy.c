// A TCP proxy that does nothing, to be killed and started again:
//
//   proxy PORT TARGET
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// One end of a connection. What its other end sent and it has not taken yet waits here; meanwhile the other end is not read.
struct end {
  int fd, connected;
  struct end *other;
  char *waiting;
  size_t from, to;
};

static int poller, target;
static char buffer[64 * 1024];
static struct end *gone[2048];
static int gone_count;

static void watch(struct end *e, int operation) {
  int reads = e->other->from == e->other->to, writes = !e->connected || e->from < e->to;
  struct epoll_event event = {.events = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0), .data.ptr = e};
  epoll_ctl(poller, operation, e->fd, &event);
}

// Freed at the end of the turn: an event for it may still be among those that are being handled.
static void drop(struct end *e) {
  if (e->fd < 0) return;
  struct end *both[] = {e, e->other};
  for (int i = 0; i < 2; i++) {
    close(both[i]->fd);
    both[i]->fd = -1;
    gone[gone_count++] = both[i];
  }
}

static void pass(struct end *e) {
  while (e->connected && e->from < e->to) {
    ssize_t n = write(e->fd, e->waiting + e->from, e->to - e->from);
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return drop(e);
    e->from += n;
  }
  if (e->from == e->to) {
    free(e->waiting);
    e->waiting = NULL;
    e->from = e->to = 0;
  }
  watch(e, EPOLL_CTL_MOD);
  watch(e->other, EPOLL_CTL_MOD);
}

static void readable(struct end *e) {
  struct end *other = e->other;
  ssize_t n = read(e->fd, buffer, sizeof buffer);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return drop(e);
  ssize_t written = other->connected ? write(other->fd, buffer, n) : 0;
  if (written < 0 && errno != EAGAIN) return drop(e);
  if (written < 0) written = 0;
  if (written == n) return;
  other->waiting = malloc(n - written);
  memcpy(other->waiting, buffer + written, other->to = n - written);
  watch(e, EPOLL_CTL_MOD);
  watch(other, EPOLL_CTL_MOD);
}

static void accept_one(int listener) {
  int yes = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  struct end *client = calloc(1, sizeof *client), *server = calloc(1, sizeof *server);
  *client = (struct end){.fd = fd, .connected = 1, .other = server};
  *server = (struct end){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), .other = client};
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(target), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(server->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(server->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) return drop(client);
  watch(client, EPOLL_CTL_ADD);
  watch(server, EPOLL_CTL_ADD);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  target = atoi(argv[2]);
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
    perror("proxy");
    return 1;
  }
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[512];
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int n = epoll_wait(poller, events, 512, -1);
    for (int i = 0; i < n; i++) {
      struct end *e = events[i].data.ptr;
      if (!e) {
        accept_one(listener);
        continue;
      }
      if (e->fd >= 0 && events[i].events & EPOLLOUT) {
        e->connected = e->connected || !(events[i].events & EPOLLERR);
        pass(e);
      }
      if (e->fd >= 0 && events[i].events & ~EPOLLOUT) readable(e);
    }
    while (gone_count > 0) {
      struct end *e = gone[--gone_count];
      free(e->waiting);
      free(e);
    }
  }
}
