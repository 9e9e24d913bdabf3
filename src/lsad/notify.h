/*
 * notify: tells the service manager how far the daemon is (sd_notify(3)), by a
 * datagram of its own: no library is needed for one sendto().
 */
#ifndef LSAD_NOTIFY_H
#define LSAD_NOTIFY_H

/* Opens the way to NOTIFY_SOCKET, before the sandbox closes. Without it, all calls do nothing. */
void lsad_notify_open(void);
void lsad_notify_close(void);

void lsad_notify_ready(void);
/* RELOADING=1 with the time that Type=notify-reload asks for. */
void lsad_notify_reloading(void);
void lsad_notify_stopping(void);

#endif
