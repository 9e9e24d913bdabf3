/*
 * One log line:
 *
 *     2026-01-31T12:00:00.123Z level=notice event=EVENT id=00000000000000ab key=value
 *
 * Values come from peers and from files. A value with anything but plain
 * printing characters is put in quotes, and what could end a line, drive a
 * terminal or turn the direction of writing is escaped, so that no value can
 * look like another line or another key. Long values are cut at 512 bytes (...),
 * and a line that would still be too long ends in truncated=1.
 *
 * No specification; runs in every process; trusts keys and events, which are
 * constants of the program, and no value.
 */
#include "log_line.h"

#include <inttypes.h>
#include <stdio.h>

#include "filetime.h"
#include "rd.h"
#include "utf.h"
#include "wr.h"

#define LOG_CUT " truncated=1"
/* Kept free for a closing quote, the mark and the NUL. */
#define LOG_ROOM (LOG_LINE_MAX - sizeof(LOG_CUT) - 1)
/* Bytes of one value: a hostile name must not push the status off the line. */
#define LOG_VALUE_MAX 512
#define LOG_VALUE_CUT "..."
#define LOG_TIME_MAX 40
/* The longest escape is \U0010ffff. */
#define LOG_ESCAPE_MAX 12
#define TICKS_PER_MS (FILETIME_SECOND / 1000)

/*
 * Characters that are not what they look like: C1 controls (terminals obey
 * them), zero-width and direction marks, line separators, the BOM.
 */
static const struct {
    uint32_t first, last;
} log_hidden[] = {
    { 0x7F, 0x9F },
    { 0xAD, 0xAD },
    { 0x061C, 0x061C },
    { 0x200B, 0x200F },
    { 0x2028, 0x202E },
    { 0x2060, 0x206F },
    { 0xFEFF, 0xFEFF },
    { 0xFFF9, 0xFFFB },
    { 0xE0000, 0xE007F },
};

static bool
log_is_hidden(uint32_t cp)
{
    for (size_t i = 0; i < sizeof(log_hidden) / sizeof(log_hidden[0]); i++) {
        if (cp >= log_hidden[i].first && cp <= log_hidden[i].last)
            return true;
    }
    return cp < ' ';
}

/* Without these a value stands bare: it cannot be split, closed or taken for a key. */
static bool
log_is_plain(uint32_t cp)
{
    return cp > ' ' && cp < 0x7F && cp != '"' && cp != '\\' && cp != '=';
}

/* The next character of a value, or what stands there instead of one. */
struct log_char {
    uint32_t cp;
    bool malformed;     /* cp is a single byte, or a lone surrogate */
};

/* Always moves on: a byte that is no character is given as itself, so walks end. */
static struct log_char
log_next(struct rd *r, bool utf16)
{
    struct rd ahead = *r;
    struct log_char c = { 0, false };

    if (utf16 ? utf16_get(&ahead, &c.cp) : utf8_get(&ahead, &c.cp)) {
        *r = ahead;
        return c;
    }
    c.malformed = true;
    c.cp = utf16 && rd_left(r) >= 2 ? rd_u16le(r) : rd_u8(r);
    return c;
}

/* Written whole or not at all: a cut line has no half escape at its end. */
static void
log_put_hex(struct wr *w, char kind, int digits, uint32_t value)
{
    char text[LOG_ESCAPE_MAX];
    int n = snprintf(text, sizeof(text), "\\%c%0*" PRIx32, kind, digits, value);

    wr_bytes(w, text, (size_t)n);
}

static void
log_put_char(struct wr *w, struct log_char c)
{
    uint8_t bytes[UTF_BYTES_MAX + 1] = { '\\' };

    if (c.cp == '\n')
        wr_bytes(w, "\\n", 2);
    else if (c.cp < ' ' || (c.malformed && c.cp <= 0xFF))
        log_put_hex(w, 'x', 2, c.cp);
    else if (c.cp > 0xFFFF && log_is_hidden(c.cp))
        log_put_hex(w, 'U', 8, c.cp);
    else if (c.malformed || log_is_hidden(c.cp))
        log_put_hex(w, 'u', 4, c.cp);
    else if (c.cp == '"' || c.cp == '\\')
        wr_bytes(w, bytes, 1 + utf8_put(c.cp, bytes + 1));
    else
        wr_bytes(w, bytes + 1, utf8_put(c.cp, bytes + 1));
}

/* Nothing, and the sign for NULL, must be told from each other: so "" and -. */
static bool
log_needs_quotes(struct view v, bool utf16)
{
    struct rd r = rd_init(v);

    while (rd_left(&r) > 0) {
        struct log_char c = log_next(&r, utf16);

        if (c.malformed || !log_is_plain(c.cp))
            return true;
    }
    return v.n == 0;
}

static void
log_put_text(struct wr *w, const char *s)
{
    wr_bytes(w, s, strlen(s));
}

/* Returns whether a quote was opened and not closed, because the line is full. */
static bool
log_put_value(struct wr *w, struct view v, bool utf16)
{
    struct rd r = rd_init(view_of(v.p, v.n < LOG_VALUE_MAX ? v.n : LOG_VALUE_MAX));
    bool quoted = log_needs_quotes(r.all, utf16);

    if (quoted)
        wr_u8(w, '"');
    quoted = quoted && !w->failed;
    while (rd_left(&r) > 0 && !w->failed)
        log_put_char(w, log_next(&r, utf16));
    if (v.n > LOG_VALUE_MAX)
        log_put_text(w, LOG_VALUE_CUT);
    if (quoted)
        wr_u8(w, '"');
    return quoted && w->failed;
}

static void
log_put_number(struct wr *w, const struct log_field *f)
{
    char text[24];
    int n;

    if (f->kind == LOG_KIND_HEX)
        n = snprintf(text, sizeof(text), "0x%08" PRIx32, (uint32_t)f->number);
    else
        n = snprintf(text, sizeof(text), "%" PRId64, f->number);
    wr_bytes(w, text, (size_t)n);
}

static bool
log_put_field(struct wr *w, const struct log_field *f)
{
    bool utf16 = f->kind == LOG_KIND_UTF16;

    wr_u8(w, ' ');
    log_put_text(w, f->key);
    wr_u8(w, '=');
    if (f->kind == LOG_KIND_NUMBER || f->kind == LOG_KIND_HEX)
        log_put_number(w, f);
    else if (!utf16 && f->string == NULL)
        wr_u8(w, '-');
    else
        return log_put_value(w, view_of(f->string, utf16 ? f->n : strlen(f->string)), utf16);
    return false;
}

/* The format of filetime_format() with milliseconds in it. */
static void
log_put_time(struct wr *w, int64_t filetime)
{
    char text[LOG_TIME_MAX], ms[8];
    size_t n;

    filetime_format(filetime, text);
    n = strlen(text);
    (void)snprintf(ms, sizeof(ms), ".%03dZ", (int)(filetime % FILETIME_SECOND / TICKS_PER_MS));
    wr_bytes(w, text, n > 0 && text[n - 1] == 'Z' ? n - 1 : n);
    log_put_text(w, ms);
}

static void
log_put_head(struct wr *w, enum log_level level, uint64_t id, const char *event)
{
    char text[32];

    log_put_text(w, " level=");
    log_put_text(w, log_level_name(level));
    log_put_text(w, " event=");
    log_put_text(w, event);
    if (id == 0)
        return;
    (void)snprintf(text, sizeof(text), " id=%016" PRIx64, id);
    log_put_text(w, text);
}

void
log_line_build(struct log_line *line, int64_t filetime, enum log_level level, uint64_t id,
               const char *event, const struct log_field *fields)
{
    struct wr w = wr_init(line->text, LOG_ROOM);
    bool open = false;

    log_put_time(&w, filetime);
    log_put_head(&w, level, id, event);
    for (const struct log_field *f = fields; f->kind != LOG_KIND_END && !w.failed; f++)
        open = log_put_field(&w, f);
    line->n = w.len;
    if (w.failed) {
        if (open)
            line->text[line->n++] = '"';
        memcpy(line->text + line->n, LOG_CUT, sizeof(LOG_CUT) - 1);
        line->n += sizeof(LOG_CUT) - 1;
    }
    line->text[line->n] = '\0';
}
