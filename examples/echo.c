/* A server that sends back what it is sent, and a client that checks it, on acksu's sockets.
 *
 *   echo                                         both in this process, on a wire between them
 *   echo server WIRE ADDRESS PORT                on a wire, such as tap:acksu0 10.9.0.2/24 7
 *   echo client WIRE ADDRESS SERVER PORT TEXT
 */
#include <acksu/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct acksu_stack* open_stack(const char* wire, const char* address) {
  const struct acksu_link link = {wire, address, 0};
  const struct acksu_settings settings = {&link, 1, NULL, NULL};
  char problem[256];
  struct acksu_stack* stack = acksu_open(&settings, problem, sizeof problem);
  if (stack == NULL) {
    fprintf(stderr, "echo: %s\n", problem);
    exit(1);
  }
  return stack;
}

static struct sockaddr_in name_of(const char* address, int port) {
  struct sockaddr_in name;
  memset(&name, 0, sizeof name);
  name.sin_family = AF_INET;
  name.sin_port = htons((uint16_t)port);
  if (inet_pton(AF_INET, address, &name.sin_addr) != 1) {
    fprintf(stderr, "echo: '%s' is no IPv4 address\n", address);
    exit(2);
  }
  return name;
}

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static int listen_at(struct acksu_stack* stack, int port) {
  const struct sockaddr_in name = name_of("0.0.0.0", port);
  const int listener = acksu_socket(stack, AF_INET, SOCK_STREAM, 0);
  if (acksu_bind(stack, listener, (const struct sockaddr*)&name, sizeof name) != 0) fail("bind");
  if (acksu_listen(stack, listener, 5) != 0) fail("listen");
  return listener;
}

/* Serves one peer after the other, `peers` of them. */
static void serve(struct acksu_stack* stack, int listener, int peers) {
  while (peers-- > 0) {
    char text[4096];
    ssize_t count;
    const int peer = acksu_accept(stack, listener, NULL, NULL);
    if (peer < 0) fail("accept");
    while ((count = acksu_read(stack, peer, text, sizeof text)) > 0) {
      if (acksu_write(stack, peer, text, (size_t)count) != count) fail("write");
    }
    acksu_close(stack, peer);
  }
  acksu_close(stack, listener);
}

/* Whether what came back is what was sent. */
static int ask(struct acksu_stack* stack, const char* server, int port, const char* text) {
  const struct sockaddr_in name = name_of(server, port);
  const size_t length = strlen(text);
  char* answer = calloc(1, length + 1);
  const int end = acksu_socket(stack, AF_INET, SOCK_STREAM, 0);
  int is_same;
  if (acksu_connect(stack, end, (const struct sockaddr*)&name, sizeof name) != 0) fail("connect");
  if (acksu_write(stack, end, text, length) != (ssize_t)length) fail("write");
  acksu_shutdown(stack, end, SHUT_WR);
  if (acksu_recv(stack, end, answer, length, MSG_WAITALL) < 0) fail("recv");
  printf("%s\n", answer);
  is_same = strcmp(answer, text) == 0;
  acksu_close(stack, end);
  free(answer);
  return is_same;
}

struct server {
  struct acksu_stack* stack;
  int listener;
};

static void* serve_one(void* given) {
  const struct server* server = given;
  serve(server->stack, server->listener, 1);
  return NULL;
}

static int ask_ourselves(void) {
  char wires[2][32];
  int ends[2], is_same;
  pthread_t thread;
  struct server server;
  struct acksu_stack* client;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) fail("socketpair");
  snprintf(wires[0], sizeof wires[0], "tap:fd=%d", ends[0]);
  snprintf(wires[1], sizeof wires[1], "tap:fd=%d", ends[1]);
  server.stack = open_stack(wires[0], "10.9.0.2/24");
  server.listener = listen_at(server.stack, 7);
  client = open_stack(wires[1], "10.9.0.1/24");
  pthread_create(&thread, NULL, serve_one, &server);
  is_same = ask(client, "10.9.0.2", 7, "shake hands");
  pthread_join(thread, NULL);
  acksu_shut(client);
  acksu_shut(server.stack);
  return is_same ? 0 : 1;
}

int main(int count, char** words) {
  if (count == 1) return ask_ourselves();
  if (count == 5 && strcmp(words[1], "server") == 0) {
    struct acksu_stack* stack = open_stack(words[2], words[3]);
    serve(stack, listen_at(stack, atoi(words[4])), 1000000);
    acksu_shut(stack);
    return 0;
  }
  if (count == 7 && strcmp(words[1], "client") == 0) {
    struct acksu_stack* stack = open_stack(words[2], words[3]);
    const int is_same = ask(stack, words[4], atoi(words[5]), words[6]);
    acksu_shut(stack);
    return is_same ? 0 : 1;
  }
  fprintf(stderr,
          "echo: write echo, echo server WIRE ADDRESS PORT, or echo client WIRE ADDRESS SERVER "
          "PORT TEXT\n");
  return 2;
}
