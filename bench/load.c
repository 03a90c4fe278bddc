// Load generator: many WebSocket clients in one thread, without a library, so that what is measured is the server.
//
//   load MODE port=N [clients=N] [rooms=N] [pid=N] …
//
//   stream   start every room's child with {"t":"go"} and count the numbered, time-stamped lines that each client gets:
//            expect=N a client; stall_after=MS stall=MS: the last client stops reading for a while
//   echo     send numbered messages and await their return: window=N under way a client, seconds=N, size=N bytes
//   open     time from the first connection until every client has had one message echoed
//   hold     stay connected
//   reconnect  through a proxy that dies and comes back: clients with seats send numbered messages, rate=N a second each, and count the
//            numbered lines of their room's counter. Once all are back and settled the counters are stopped, and both sides compare
//
// With seats=1 clients speak the subprotocol playpipe.v1: they acknowledge, ping and come back to their seats as the browser client does, with full
// jitter. The numbers of a client's messages are all that it needs to send them again.
//
// It prints "ready" once everything is connected (mode open: at once), goes on at the first line of its input, prints one line of JSON
// and stays connected until its input ends. CPU is that of the process `pid`, all threads, from the start to the last frame.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PREFIX 128           // bytes of a payload that are looked at
#define READ_SIZE (256 * 1024)
#define MAX_CONNECTING 64    // a whole swarm at once would overflow the listen queue
#define SETTLE 300000000ull  // ns between the last handshake and "ready": a server may still be seating who it has answered
#define MS 1000000ull

// What src/client/client.ts and src/wire/control.ts say.
#define FIRST_WAIT (250 * MS)
#define LONGEST_WAIT (15000 * MS)
#define PING_EVERY (5000 * MS)
#define ACK_EVERY (1000 * MS)
#define ACK_BYTES (64 * 1024)

enum mode { STREAM, ECHO, OPEN, HOLD, RECONNECT };
enum state { IDLE, CONNECTING, HANDSHAKE, UP, DOWN, WAITING };
enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

// A client's place in its room, with the protocol of docs/protocol.md.
struct seat {
  char token[32];
  int id, seated, tries;
  uint64_t has, told, unsaid;           // frames that came, that the server was told of, bytes since
  uint64_t made, passed, taken;         // messages made, sent, acknowledged
  uint64_t retry_at, ack_at, ping_at, make_at, tried_at, back_at, took;
  uint64_t last, heard, wrong, left;    // what its counter said at its end
  int stopped;
};

struct client {
  int fd;
  enum state state;
  int room;
  // the frame that is being read
  uint8_t head[10];
  int head_length, end_of_headers;
  uint64_t left;
  uint8_t opcode, fin;
  int in_payload;
  char prefix[PREFIX + 1];
  int prefix_length;
  // what could not be written yet
  char *out;
  size_t out_length, out_room;
  int wants_write;
  // what came
  uint64_t frames, next, lost, backwards;
  int close_code;
  int stalled;
  // mode echo
  uint64_t sent, back, heard_at, *sent_at;
  int done;
  struct seat *seat;
};

static struct {
  enum mode mode;
  int port, clients, rooms, pid, window, size, quiet, stall_after, stall, seats;
  double seconds, limit, rate;
  uint64_t expect;
} o = {.clients = 1, .rooms = 1, .window = 1, .size = 100, .quiet = 3000, .seconds = 3, .limit = 300, .rate = 1};

static struct client *clients;
static int poller, connecting, up, down, started;
static char buffer[READ_SIZE];
static uint64_t began, last_frame, received, received_bytes, echoes, abandoned;
static uint64_t cpu_before, cpu_after;
static int go_heard, input_ended;
static uint64_t cut_at, cpu_cut, attempts;
static int seats_lost;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void die(const char *format, ...) {
  va_list list;
  va_start(list, format);
  fprintf(stderr, "load: ");
  vfprintf(stderr, format, list);
  fprintf(stderr, "\n");
  exit(1);
}

// ---- CPU of the server: nanoseconds of every living thread; the kernel's ticks of 10 ms also hold what ended threads used

static uint64_t cpu_of(int pid) {
  if (pid <= 0) return 0;
  char path[64], text[1024];
  uint64_t sum = 0;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) return 0;
  for (struct dirent *task; (task = readdir(tasks));) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", pid, task->d_name);
    FILE *file = fopen(path, "r");
    unsigned long long on_cpu = 0;
    if (file && fscanf(file, "%llu", &on_cpu) == 1) sum += on_cpu;
    if (file) fclose(file);
  }
  closedir(tasks);
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) return sum;
  size_t n = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[n] = 0;
  unsigned long long user = 0, system = 0;
  char *fields = strrchr(text, ')');
  if (fields) sscanf(fields + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system);
  uint64_t ticks = (user + system) * (1000000000ull / sysconf(_SC_CLK_TCK));
  return ticks > sum ? ticks : sum;
}

// ---- latency: a histogram with 128 steps for each power of two, so 0.8 % fine

#define STEPS 128
static uint32_t histogram[STEPS * 60];
static uint64_t samples, slowest;

static void sample(uint64_t ns) {
  int shift = ns < STEPS ? 0 : 63 - __builtin_clzll(ns) - 7;
  uint64_t slot = (uint64_t)shift * STEPS + (ns >> shift);
  if (slot < sizeof histogram / sizeof *histogram) histogram[slot]++;
  if (ns > slowest) slowest = ns;
  samples++;
}

static double percentile_us(double share) {
  uint64_t rank = (uint64_t)(share * samples), seen = 0;
  for (uint64_t slot = 0; slot < sizeof histogram / sizeof *histogram; slot++) {
    seen += histogram[slot];
    if (seen <= rank) continue;
    if (slot < 2 * STEPS) return slot / 1e3;
    int shift = slot / STEPS - 1;
    return ((slot - (uint64_t)shift * STEPS) + 0.5) * (1ull << shift) / 1e3;
  }
  return slowest / 1e3;
}

// ---- connections

static void watch(struct client *c, int operation) {
  int read = c->stalled ? 0 : EPOLLIN;
  int write = c->state == CONNECTING || c->wants_write ? EPOLLOUT : 0;
  struct epoll_event event = {.events = read | write, .data.ptr = c};
  if (epoll_ctl(poller, operation, c->fd, &event) < 0) die("epoll_ctl: %s", strerror(errno));
}

static void wait_to_retry(struct client *c);

static void drop(struct client *c) {
  if (c->state == DOWN) return;
  if (o.mode == RECONNECT && go_heard) return wait_to_retry(c);
  if (c->state == CONNECTING || c->state == HANDSHAKE) die("client %ld: the handshake failed", (long)(c - clients));
  c->state = DOWN;
  down++;
  close(c->fd);
}

static void flush(struct client *c) {
  size_t done = 0;
  while (done < c->out_length) {
    ssize_t n = write(c->fd, c->out + done, c->out_length - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return drop(c);
    done += n;
  }
  memmove(c->out, c->out + done, c->out_length - done);
  c->out_length -= done;
  int wants = c->out_length > 0;
  if (wants == c->wants_write) return;
  c->wants_write = wants;
  watch(c, EPOLL_CTL_MOD);
}

static char *reserve(struct client *c, size_t bytes) {
  if (c->out_length + bytes > c->out_room) {
    c->out_room = 2 * c->out_room + bytes;
    c->out = realloc(c->out, c->out_room);
    if (!c->out) die("out of memory");
  }
  return c->out + c->out_length;
}

// Clients mask what they send (RFC 6455, section 5.3).
static void queue_frame(struct client *c, enum opcode opcode, const char *payload, size_t length) {
  static uint32_t state = 2463534242u;
  uint8_t *at = (uint8_t *)reserve(c, length + 14), *start = at, mask[4];
  *at++ = 0x80 | opcode;
  if (length < 126) *at++ = 0x80 | length;
  else if (length < 65536) {
    *at++ = 0x80 | 126;
    *at++ = length >> 8;
    *at++ = length;
  } else {
    *at++ = 0x80 | 127;
    for (int i = 7; i >= 0; i--) *at++ = (uint64_t)length >> (8 * i);
  }
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  memcpy(mask, &state, 4);
  memcpy(at, mask, 4);
  at += 4;
  for (size_t i = 0; i < length; i++) at[i] = payload[i] ^ mask[i & 3];
  c->out_length += at + length - start;
}

static void open_client(struct client *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) die("socket: %s (raise `ulimit -n`)", strerror(errno));
  int yes = 1, small = 64 * 1024;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  // Who stops reading is to be felt by the server, not swallowed by megabytes of kernel memory.
  if (o.stall && c == clients + o.clients - 1) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(o.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->state = CONNECTING;
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
    if (c->seat && go_heard) return wait_to_retry(c);
    die("connect: %s", strerror(errno));
  }
  connecting++;
  watch(c, EPOLL_CTL_ADD);
}

static void open_more(void) {
  while (started < o.clients && connecting < MAX_CONNECTING) open_client(&clients[started++]);
}

static void send_hello(struct client *c) {
  c->state = HANDSHAKE;
  char *at = reserve(c, 512), offer[128] = "";
  struct seat *seat = c->seat;
  if (seat) strcpy(offer, "Sec-WebSocket-Protocol: playpipe.v1\r\n");
  if (seat && seat->token[0])
    snprintf(offer, sizeof offer, "Sec-WebSocket-Protocol: playpipe.v1, playpipe.v1.%s.%llu\r\n", seat->token, (unsigned long long)seat->has);
  c->out_length += snprintf(at, 512,
    "GET /room%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
    c->room, o.port, offer);
  c->wants_write = 1;
  flush(c);
}

// ---- what the scenarios do

static void send_numbered(struct client *c, uint64_t at) {
  static char text[64 * 1024];
  int n = snprintf(text, sizeof text, "{\"n\":%llu,\"pad\":\"", (unsigned long long)c->sent);
  while (n < o.size - 2) text[n++] = '.';
  text[n++] = '"';
  text[n++] = '}';
  queue_frame(c, TEXT, text, n);
  c->sent_at[c->sent % o.window] = at;
  c->sent++;
}

static void fill_window(struct client *c) {
  if (c->done || c->state != UP) return;
  uint64_t at = now();
  while (c->sent - c->back < (uint64_t)o.window) send_numbered(c, at);
  flush(c);
}

static uint64_t number_after(const char *text, const char *key, uint64_t otherwise) {
  const char *found = strstr(text, key);
  return found ? strtoull(found + strlen(key), NULL, 10) : otherwise;
}

static void numbered(struct client *c, uint64_t n, uint64_t at) {
  if (n > c->next) c->lost += n - c->next;
  if (n < c->next) c->backwards++;
  else c->next = n + 1;
  c->frames++;
  received++;
  last_frame = at;
}

// ---- seats

static void control(struct client *c, const char *type, const char *key, uint64_t value) {
  char text[64];
  int n = snprintf(text, sizeof text, "{\"type\":\"%s\",\"%s\":%llu}", type, key, (unsigned long long)value);
  queue_frame(c, BINARY, text, n);
}

// The connection broke, or could not be made: another try after a random part of a wait that doubles.
static void wait_to_retry(struct client *c) {
  struct seat *seat = c->seat;
  uint64_t at = now(), wait = seat->tries < 6 ? FIRST_WAIT << seat->tries : LONGEST_WAIT;
  if (c->state == WAITING) return;
  if (!cut_at) {
    cut_at = at;
    cpu_cut = cpu_of(o.pid);
  }
  close(c->fd);
  if (c->state == UP) up--;
  c->state = WAITING;
  seat->tries++;
  seat->seated = 0;
  seat->back_at = seat->ack_at = seat->unsaid = 0;
  seat->retry_at = at + (uint64_t)(drand48() * wait);
  c->head_length = c->end_of_headers = c->in_payload = c->prefix_length = c->wants_write = 0;
  c->out_length = c->left = 0;
}

static void acknowledge(struct client *c) {
  struct seat *seat = c->seat;
  seat->ack_at = seat->unsaid = 0;
  if (seat->told < seat->has) control(c, "ack", "taken", seat->has);
  seat->told = seat->has;
}

// A frame of the game came.
static void count_frame(struct client *c, uint64_t at) {
  struct seat *seat = c->seat;
  seat->has++;
  seat->unsaid += c->prefix_length;
  if (seat->unsaid >= ACK_BYTES) acknowledge(c);
  else if (!seat->ack_at) seat->ack_at = at + ACK_EVERY;
}

static void told_of_seat(struct client *c, uint64_t at) {
  struct seat *seat = c->seat;
  uint64_t taken = number_after(c->prefix, "\"taken\":", 0);
  if (strstr(c->prefix, "\"ack\"")) seat->taken = taken;
  const char *token = strstr(c->prefix, "\"token\":\"");
  if (!token) return;
  if (seat->token[0] && !strstr(c->prefix, "\"resumed\":true")) {
    seats_lost++;
    seat->has = seat->told = 0;
  }
  seat->id = number_after(c->prefix, "\"id\":", 0);
  snprintf(seat->token, sizeof seat->token, "%.*s", (int)strcspn(token + 9, "\""), token + 9);
  seat->seated = 1;
  seat->taken = seat->passed = taken;
  seat->back_at = seat->ping_at = at;
  seat->took = at - seat->tried_at;
}

// What is due: messages, those included that were made while it was away, an acknowledgement, a ping, another try.
static void attend(struct client *c, uint64_t at, int makes) {
  struct seat *seat = c->seat;
  while (makes && seat->make_at <= at) {
    seat->made++;
    seat->make_at += (uint64_t)(1e9 / o.rate);
  }
  if (c->state == WAITING && seat->retry_at <= at) {
    attempts++;
    seat->tried_at = at;
    open_client(c);
  }
  if (!seat->seated) return;
  for (; seat->passed < seat->made; seat->passed++) {
    char text[64];
    queue_frame(c, TEXT, text, snprintf(text, sizeof text, "{\"n\":%llu}", (unsigned long long)seat->passed));
  }
  if (seat->ack_at && seat->ack_at <= at) acknowledge(c);
  if (seat->ping_at <= at) {
    control(c, "ping", "n", at / MS);
    seat->ping_at = at + PING_EVERY;
  }
  if (c->out_length > 0 && !c->wants_write) flush(c);
}

// A counter's last line.
static void counted(struct client *c) {
  struct seat *seat = c->seat;
  seat->stopped = 1;
  seat->last = number_after(c->prefix, "\"last\":", 0);
  seat->heard = number_after(c->prefix, "\"heard\":", 0);
  seat->wrong = number_after(c->prefix, "\"wrong\":", 0);
  seat->left = number_after(c->prefix, "\"left\":", 0);
}

static void message(struct client *c, uint64_t at) {
  c->prefix[c->prefix_length] = 0;
  if (c->seat && c->opcode == BINARY) return told_of_seat(c, at);
  if (c->seat) count_frame(c, at);
  if (o.mode == RECONNECT && strstr(c->prefix, "\"last\":")) return counted(c);
  uint64_t n = number_after(c->prefix, "\"n\":", UINT64_MAX);
  if (n == UINT64_MAX) return;
  numbered(c, n, at);
  if (o.mode == STREAM) {
    uint64_t printed = number_after(c->prefix, "\"ts\":", 0);
    if (printed && !(o.stall && c == clients + o.clients - 1)) sample(at > printed ? at - printed : 0);
  } else if (o.mode != RECONNECT && n < c->sent && n >= c->back) {
    // Echoes come in order: what was sent before this one and is not back is lost.
    sample(at - c->sent_at[n % o.window]);
    c->back = n + 1;
    c->heard_at = at;
    echoes++;
  }
}

static void control_frame(struct client *c) {
  if (c->opcode == PING) {
    queue_frame(c, PONG, c->prefix, c->prefix_length);
    flush(c);
  } else if (c->opcode == CLOSE) {
    c->close_code = c->prefix_length < 2 ? 1005 : (uint8_t)c->prefix[0] << 8 | (uint8_t)c->prefix[1];
    drop(c);
  }
}

static int header_length(const uint8_t *head) {
  int length = head[1] & 127;
  return length == 126 ? 4 : length == 127 ? 10 : 2;
}

static void begin_payload(struct client *c) {
  const uint8_t *h = c->head;
  int length = h[1] & 127;
  if (h[1] & 128) die("a server does not mask what it sends");
  c->left = length;
  if (length == 126) c->left = h[2] << 8 | h[3];
  if (length == 127) {
    c->left = 0;
    for (int i = 2; i < 10; i++) c->left = c->left << 8 | h[i];
  }
  c->fin = h[0] >> 7;
  if ((h[0] & 15) != CONTINUATION) {
    c->opcode = h[0] & 15;
    c->prefix_length = 0;
  }
  c->head_length = 0;
  c->in_payload = 1;
}

static void frames(struct client *c, const char *data, size_t length, uint64_t at) {
  size_t i = 0;
  while (c->state == UP) {
    if (!c->in_payload) {
      if (i == length) return;
      c->head[c->head_length++] = data[i++];
      if (c->head_length < 2 || c->head_length < header_length(c->head)) continue;
      begin_payload(c);
    }
    size_t take = length - i < c->left ? length - i : c->left;
    size_t room = PREFIX - c->prefix_length, copy = take < room ? take : room;
    memcpy(c->prefix + c->prefix_length, data + i, copy);
    c->prefix_length += copy;
    c->left -= take;
    i += take;
    received_bytes += take;
    if (c->left > 0) return;
    c->in_payload = 0;
    if (c->opcode >= CLOSE) control_frame(c);
    else if (c->fin) message(c, at);
  }
}

static void handshake_done(struct client *c) {
  c->state = UP;
  connecting--;
  up++;
  if (c->seat) c->seat->tries = 0;
  c->prefix_length = 0;
  open_more();
  if (o.mode == OPEN) fill_window(c);
}

static void handshake(struct client *c, const char *data, size_t length, uint64_t at) {
  static const char end[] = "\r\n\r\n";
  for (size_t i = 0; i < length; i++) {
    if (c->prefix_length < 12) c->prefix[c->prefix_length++] = data[i];
    c->end_of_headers = data[i] == end[c->end_of_headers] ? c->end_of_headers + 1 : data[i] == '\r';
    if (c->end_of_headers < 4) continue;
    if (memcmp(c->prefix + 9, "101", 3)) die("the handshake was answered with %.12s", c->prefix);
    handshake_done(c);
    return frames(c, data + i + 1, length - i - 1, at);
  }
}

static void readable(struct client *c) {
  ssize_t n = read(c->fd, buffer, sizeof buffer);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop(c);
  uint64_t at = now();
  if (c->state == HANDSHAKE) handshake(c, buffer, n, at);
  else frames(c, buffer, n, at);
  // One write for all that this read has made room for.
  if (o.mode == ECHO && c->state == UP) fill_window(c);
}

static void hear_input(void) {
  char text[256];
  ssize_t n = read(STDIN_FILENO, text, sizeof text);
  if (n > 0) go_heard = 1;
  else if (n == 0 || errno != EAGAIN) {
    input_ended = 1;
    epoll_ctl(poller, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
  }
}

static void turn(int timeout) {
  struct epoll_event events[512];
  int n = epoll_wait(poller, events, 512, timeout);
  for (int i = 0; i < n; i++) {
    struct client *c = events[i].data.ptr;
    if (!c) hear_input();
    else if (c->state == CONNECTING) {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error && o.mode == RECONNECT) drop(c);
      else if (error) die("connect: %s", strerror(error));
      else send_hello(c);
    } else {
      if (c->state < DOWN && events[i].events & EPOLLOUT) flush(c);
      if (c->state < DOWN && !c->stalled && events[i].events & ~EPOLLOUT) readable(c);
    }
  }
}

static void connect_all(void) {
  uint64_t end = now() + 120000 * MS;
  open_more();
  while (up < o.clients && now() < end) turn(100);
  if (up < o.clients) die("only %d of %d clients are connected after two minutes", up, o.clients);
}

static void settle(uint64_t ns) {
  for (uint64_t end = now() + ns; now() < end;) turn(10);
}

static void await_go(void) {
  printf("ready\n");
  fflush(stdout);
  while (!go_heard && !input_ended) turn(100);
  if (input_ended) exit(0);
}

static void set_stalled(int stalled) {
  struct client *c = clients + o.clients - 1;
  if (c->state != UP || c->stalled == stalled) return;
  c->stalled = stalled;
  watch(c, EPOLL_CTL_MOD);
}

static void run_stream(void) {
  static const char go[] = "{\"t\":\"go\"}";
  for (int room = 0; room < o.rooms; room++) {
    queue_frame(&clients[room], TEXT, go, sizeof go - 1);
    flush(&clients[room]);
  }
  uint64_t end = began + (uint64_t)(o.limit * 1e9);
  int watched = o.clients - (o.stall > 0);
  last_frame = now();
  for (;;) {
    turn(10);
    uint64_t at = now(), had = 0;
    if (o.stall) {
      uint64_t since = at - began;
      set_stalled(since >= o.stall_after * MS && since < (uint64_t)(o.stall_after + o.stall) * MS);
    }
    for (int i = 0; i < watched; i++) had += clients[i].frames;
    if (had >= o.expect * watched && !(o.stall && at - last_frame < 1000 * MS)) return;
    if (at - last_frame > o.quiet * MS || at > end || down == o.clients) return;
  }
}

static void run_echo(void) {
  uint64_t end = began + (uint64_t)(o.seconds * 1e9);
  for (int i = 0; i < o.clients; i++) {
    clients[i].heard_at = began;
    fill_window(&clients[i]);
  }
  for (uint64_t at; (at = now()) < end && down < o.clients;) {
    turn(100);
    for (int i = 0; i < o.clients; i++) {
      struct client *c = &clients[i];
      if (c->state != UP || at < c->heard_at + 1000 * MS) continue;
      // Nothing for a second: what is under way will not come back.
      abandoned += c->sent - c->back;
      c->back = c->sent;
      c->heard_at = at;
      fill_window(c);
    }
  }
}

static void run_open(void) {
  uint64_t end = began + (uint64_t)(o.limit * 1e9);
  connect_all();
  while (echoes < (uint64_t)o.clients && down == 0 && now() < end) turn(100);
}

static void tell_children(const char *word) {
  char text[64];
  for (int room = 0; room < o.rooms; room++) {
    struct seat *seat = clients[room].seat;
    seat->made++;
    // It is numbered as all its messages are.
    int n = snprintf(text, sizeof text, "{\"n\":%llu,\"t\":\"%s\"}", (unsigned long long)seat->passed++, word);
    queue_frame(&clients[room], TEXT, text, n);
    flush(&clients[room]);
  }
}

// Turns until `all` hold what is asked of each, or the time is over.
static void attend_until(int (*holds)(struct client *), uint64_t end, int makes) {
  for (;;) {
    turn(5);
    uint64_t at = now();
    int holding = 0;
    for (int i = 0; i < o.clients; i++) {
      attend(&clients[i], at, makes);
      holding += holds && holds(&clients[i]);
    }
    if (at >= end || holding == o.clients) return;
  }
}

static int is_back(struct client *c) {
  return cut_at && c->seat->back_at > cut_at;
}

static int all_taken(struct client *c) {
  return c->seat->taken >= c->seat->made;
}

static int has_stopped(struct client *c) {
  return c->seat->stopped;
}

static void run_reconnect(void) {
  uint64_t end = began + (uint64_t)(o.limit * 1e9);
  srand48(began);
  for (int i = 0; i < o.clients; i++) clients[i].seat->make_at = began + (uint64_t)(drand48() * 1e9 / o.rate);
  tell_children("go");
  attend_until(is_back, end, 1);
  cpu_after = cpu_of(o.pid);
  attend_until(NULL, now() + 3000 * MS, 1);
  attend_until(all_taken, now() + 20000 * MS, 0);
  tell_children("stop");
  attend_until(has_stopped, now() + 20000 * MS, 0);
}

static int by_number(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static void print_reconnect(void) {
  uint64_t *back = calloc(o.clients, sizeof *back), made = 0, printed = 0, lost = 0, doubled = 0, heard = 0, wrong = 0, left = 0;
  uint64_t slowest_try = 0;
  int not_back = 0, not_stopped = 0;
  for (int i = 0; i < o.clients; i++) {
    struct client *c = &clients[i];
    struct seat *seat = c->seat;
    if (seat->back_at > cut_at) back[i] = seat->back_at - cut_at;
    else not_back++, back[i] = UINT64_MAX;
    if (seat->took > slowest_try) slowest_try = seat->took;
    not_stopped += !seat->stopped;
    printed += seat->last;
    made += seat->made;
    lost += seat->last - (c->frames - c->backwards);
    doubled += c->backwards;
    if (i >= o.rooms) continue;
    heard += seat->heard;
    wrong += seat->wrong;
    left += seat->left;
  }
  qsort(back, o.clients, sizeof *back, by_number);
  double steady = (cut_at - began) / 1e9;
  printf("{\"clients\":%d,\"notBack\":%d,\"notStopped\":%d,\"seatsLost\":%d,\"attempts\":%llu,\"back50\":%.3f,\"back95\":%.3f,\"back\":%.3f,\"slowestTry\":%.3f,",
    o.clients, not_back, not_stopped, seats_lost, (unsigned long long)attempts, back[o.clients / 2] / 1e9,
    back[(int)(o.clients * .95)] / 1e9, back[o.clients - 1] / 1e9, slowest_try / 1e6);
  printf("\"lines\":%llu,\"linesLost\":%llu,\"linesDoubled\":%llu,\"messages\":%llu,\"heard\":%llu,\"wrong\":%llu,\"left\":%llu,",
    (unsigned long long)printed, (unsigned long long)lost, (unsigned long long)doubled, (unsigned long long)made,
    (unsigned long long)heard, (unsigned long long)wrong, (unsigned long long)left);
  printf("\"steadySeconds\":%.6f,\"steadyCpu\":%.9f,\"cpuSeconds\":%.9f}\n", steady, (cpu_cut - cpu_before) / 1e9,
    (cpu_after - cpu_cut) / 1e9);
  fflush(stdout);
}

static void print_result(uint64_t ended) {
  uint64_t least = UINT64_MAX, most = 0, lost = 0, backwards = 0, sent = 0, gaps = 0;
  int codes[64] = {0}, of[64] = {0}, kinds = 0, watched = o.clients - (o.stall > 0);
  for (int i = 0; i < o.clients; i++) {
    struct client *c = &clients[i];
    sent += c->sent;
    if (c->close_code) {
      int k = 0;
      while (k < kinds && codes[k] != c->close_code) k++;
      if (k == kinds && kinds < 63) codes[kinds++] = c->close_code;
      of[k]++;
    }
    if (i >= watched) continue;
    if (c->frames < least) least = c->frames;
    if (c->frames > most) most = c->frames;
    if (o.mode == STREAM && c->frames < o.expect) lost += o.expect - c->frames;
    gaps += c->lost;
    backwards += c->backwards;
  }
  if (o.mode == ECHO) lost = gaps > abandoned ? gaps : abandoned;
  printf("{\"clients\":%d,\"rooms\":%d,\"received\":%llu,\"bytes\":%llu,\"least\":%llu,\"most\":%llu,\"lost\":%llu,\"outOfOrder\":%llu,",
    o.clients, o.rooms, (unsigned long long)received, (unsigned long long)received_bytes, (unsigned long long)least,
    (unsigned long long)most, (unsigned long long)lost, (unsigned long long)backwards);
  printf("\"sent\":%llu,\"echoes\":%llu,\"seconds\":%.6f,\"cpuSeconds\":%.9f,\"samples\":%llu,", (unsigned long long)sent,
    (unsigned long long)echoes, (ended - began) / 1e9, (cpu_after - cpu_before) / 1e9, (unsigned long long)samples);
  printf("\"p50\":%.2f,\"p95\":%.2f,\"p99\":%.2f,\"max\":%.2f,\"closed\":%d,\"codes\":{", percentile_us(.5), percentile_us(.95),
    percentile_us(.99), slowest / 1e3, down);
  for (int k = 0; k < kinds; k++) printf("%s\"%d\":%d", k ? "," : "", codes[k], of[k]);
  printf("}");
  if (o.stall) {
    struct client *c = clients + o.clients - 1;
    printf(",\"stalled\":{\"received\":%llu,\"lost\":%llu,\"code\":%d}", (unsigned long long)c->frames,
      (unsigned long long)c->lost, c->close_code);
  }
  printf("}\n");
  fflush(stdout);
}

static void read_options(int argc, char **argv) {
  static const char *modes[] = {"stream", "echo", "open", "hold", "reconnect"};
  if (argc < 2) die("which mode?");
  int found = 0;
  for (int i = 0; i < 5; i++)
    if (!strcmp(argv[1], modes[i])) o.mode = i, found = 1;
  if (!found) die("no such mode: %s", argv[1]);
  for (int i = 2; i < argc; i++) {
    char *value = strchr(argv[i], '=');
    if (!value) die("%s has no value", argv[i]);
    *value++ = 0;
    struct { const char *name; int *target; } ints[] = {{"port", &o.port}, {"clients", &o.clients}, {"rooms", &o.rooms},
      {"pid", &o.pid}, {"window", &o.window}, {"size", &o.size}, {"quiet", &o.quiet}, {"stall_after", &o.stall_after},
      {"stall", &o.stall}, {"seats", &o.seats}};
    int known = 1;
    if (!strcmp(argv[i], "expect")) o.expect = strtoull(value, NULL, 10);
    else if (!strcmp(argv[i], "seconds")) o.seconds = atof(value);
    else if (!strcmp(argv[i], "limit")) o.limit = atof(value);
    else if (!strcmp(argv[i], "rate")) o.rate = atof(value);
    else known = 0;
    for (size_t k = 0; k < sizeof ints / sizeof *ints; k++)
      if (!strcmp(argv[i], ints[k].name)) *ints[k].target = atoi(value), known = 1;
    if (!known) die("no such option: %s", argv[i]);
  }
  if (o.clients < 1 || o.rooms < 1 || o.rooms > o.clients || o.window < 1) die("clients, rooms and window begin at 1");
  if (o.size > 60 * 1024) die("size ends at 60 KiB");
  if (o.mode == RECONNECT) o.seats = 1;
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN); // who writes to a connection that is gone is told so
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0) die("the input must be a pipe");
  clients = calloc(o.clients, sizeof *clients);
  for (int i = 0; i < o.clients; i++) {
    clients[i].room = i % o.rooms;
    clients[i].sent_at = calloc(o.window, sizeof(uint64_t));
    if (o.seats) clients[i].seat = calloc(1, sizeof(struct seat));
  }
  if (o.mode != OPEN) {
    connect_all();
    settle(SETTLE);
  }
  await_go();
  cpu_before = cpu_of(o.pid);
  began = now();
  if (o.mode == STREAM) run_stream();
  else if (o.mode == ECHO) run_echo();
  else if (o.mode == OPEN) run_open();
  else if (o.mode == RECONNECT) run_reconnect();
  if (o.mode == RECONNECT) print_reconnect();
  else {
    cpu_after = cpu_of(o.pid);
    print_result(o.mode == STREAM && last_frame > began ? last_frame : now());
  }
  // Frames and messages still under way are read, so that the server is at rest while its memory is looked at.
  for (int i = 0; i < o.clients; i++) clients[i].done = 1;
  while (!input_ended) turn(100);
  // A reset leaves no port in TIME_WAIT: tens of thousands of them would be used up by the rounds.
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  for (int i = 0; i < o.clients; i++)
    if (clients[i].state == UP) setsockopt(clients[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  return 0;
}
