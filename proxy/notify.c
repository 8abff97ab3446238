/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void
send_text(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof addr.sun_path) {
        return;
    }
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
    if (addr.sun_path[0] == '@') {
        addr.sun_path[0] = '\0'; /* abstract */
    }
    const socklen_t len = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path));
    (void) sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *) &addr, len);
    close(fd);
}

void
notify_ready(void)
{
    send_text("READY=1\n");
}

void
notify_reloading(void)
{
    char text[64];
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld\n",
             (long long) ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
    send_text(text);
}

void
notify_stopping(void)
{
    send_text("STOPPING=1\n");
}

void
notify_watchdog(void)
{
    send_text("WATCHDOG=1\n");
}
