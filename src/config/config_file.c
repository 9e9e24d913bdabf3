/*
 * The bytes of a configuration file: opened, measured and checked before
 * anything reads meaning into them.
 *
 * Runs wherever the configuration is read, in the daemon as root. The file is
 * trusted only as far as its permissions go: one that others can write to is
 * refused, as whoever writes it decides who may accept as what (D1).
 *
 * CHOICE: a byte-order mark and CR LF are accepted, as editors on Windows
 * write them; a NUL byte, UTF-16 and control characters are refused.
 */
#include "config/config_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_SIZE_MAX (1024 * 1024)

/* As root only root's group may write besides the owner; otherwise at least not everybody. */
static int
text_check_mode(const char *path, const struct stat *st, char error[CONFIG_ERROR_MAX])
{
    mode_t others = S_IWOTH;

    if (geteuid() == 0 && st->st_gid != 0)
        others |= S_IWGRP;
    if ((st->st_mode & others) == 0)
        return 0;
    snprintf(error, CONFIG_ERROR_MAX,
             "%.300s: others than its owner may write to it: chmod go-w it", path);
    return -EACCES;
}

static int
text_check(const char *path, const struct stat *st, char error[CONFIG_ERROR_MAX])
{
    if (!S_ISREG(st->st_mode)) {
        snprintf(error, CONFIG_ERROR_MAX, "%.300s: not a regular file", path);
        return -EINVAL;
    }
    if (st->st_size > TEXT_SIZE_MAX) {
        snprintf(error, CONFIG_ERROR_MAX, "%.300s: larger than 1 MiB", path);
        return -EINVAL;
    }
    return text_check_mode(path, st, error);
}

/* Reads until the end or until it is too much: the file may grow while we read. */
static int
text_fill(int fd, struct config_text *t)
{
    t->text = malloc(TEXT_SIZE_MAX + 1);
    if (t->text == NULL)
        return -ENOMEM;
    while (t->size <= TEXT_SIZE_MAX) {
        ssize_t n = read(fd, t->text + t->size, TEXT_SIZE_MAX + 1 - t->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        t->size += (size_t)n;
    }
    if (t->size > TEXT_SIZE_MAX)
        return -EFBIG;
    t->text[t->size] = '\0';
    return 0;
}

static int
text_check_bytes(const char *path, struct config_text *t, char error[CONFIG_ERROR_MAX])
{
    unsigned line = 1;

    if (t->size >= 2
        && (memcmp(t->text, "\xff\xfe", 2) == 0 || memcmp(t->text, "\xfe\xff", 2) == 0)) {
        snprintf(error, CONFIG_ERROR_MAX, "%.300s: UTF-16 text: save it as UTF-8", path);
        return -EINVAL;
    }
    if (t->size >= 3 && memcmp(t->text, "\xef\xbb\xbf", 3) == 0)
        t->at = 3;
    for (size_t i = t->at; i < t->size; i++) {
        unsigned char c = (unsigned char)t->text[i];
        line += c == '\n';
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
            snprintf(error, CONFIG_ERROR_MAX,
                     "%.300s:%u: control character 0x%02x: a text file has none", path, line, c);
            return -EINVAL;
        }
    }
    return 0;
}

int
config_text_read(const char *path, struct config_text *out, char error[CONFIG_ERROR_MAX])
{
    struct stat st;
    int fd, e;

    *out = (struct config_text){ 0 };
    error[0] = '\0';
    /* O_NONBLOCK: a FIFO would block here, before it can be refused. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        e = -errno;
        snprintf(error, CONFIG_ERROR_MAX, "%.300s: cannot open: %s%s", path, strerror(-e),
                 e == -ENOENT ? "; opensspi.conf(5) has examples of one" : "");
        return e;
    }
    e = fstat(fd, &st) == 0 ? text_check(path, &st, error) : -errno;
    if (e == 0)
        e = text_fill(fd, out);
    close(fd);
    if (e == 0)
        e = text_check_bytes(path, out, error);
    if (e != 0 && error[0] == '\0')
        snprintf(error, CONFIG_ERROR_MAX, "%.300s: cannot read: %s", path, strerror(-e));
    if (e != 0)
        config_text_free(out);
    return e;
}

static bool
text_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool
config_text_line(struct config_text *t, struct view *line)
{
    size_t from = t->at, to = t->at;

    if (t->at >= t->size)
        return false;
    while (to < t->size && t->text[to] != '\n')
        to++;
    t->at = to + 1;
    t->line++;
    while (from < to && text_is_blank(t->text[from]))
        from++;
    while (to > from && text_is_blank(t->text[to - 1]))
        to--;
    *line = view_of(t->text + from, to - from);
    return true;
}

void
config_text_free(struct config_text *t)
{
    free(t->text);
    *t = (struct config_text){ 0 };
}
