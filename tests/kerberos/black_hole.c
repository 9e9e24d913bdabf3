/*
 * black-hole: a KDC that is as good as switched off behind a firewall: a port of the loopback,
 * UDP and TCP, that takes what comes and never says a word. Prints the port; ends with its input.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int
main(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr *name = (struct sockaddr *)&a;
    socklen_t n = sizeof(a);
    int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    char byte;

    if (bind(udp, name, n) != 0 || getsockname(udp, name, &n) != 0 || bind(tcp, name, n) != 0 ||
        listen(tcp, 64) != 0) {
        perror("black-hole");
        return 1;
    }
    printf("%u\n", (unsigned)ntohs(a.sin_port));
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        continue;
    return 0;
}
