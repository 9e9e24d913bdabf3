/*
 * What the command prints: every result is built as JSON, and shown so (--json)
 * or as text for people made from the same object.
 *
 * Runs in the sspi command. Values may come from a peer (its name) or from the
 * store: control characters are shown as escapes, so that nobody's name can
 * move the cursor or forge a line.
 */
#include "cli/cli.h"

#include "base/filetime.h"
#include "base/str16.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define OUTPUT_CELL_MAX 1024
#define OUTPUT_COLUMNS_MAX 16

static FILE *output_file;

static FILE *
output(void)
{
    return output_file == NULL ? stdout : output_file;
}

void
cli_output_to_stderr(void)
{
    output_file = stderr;
}

void
cli_complain(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fputs("sspi: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
}

json_t *
cli_time(int64_t filetime)
{
    char text[32];

    if (filetime == FILETIME_NEVER)
        return json_null();
    filetime_format(filetime, text);
    return json_string(text);
}

json_t *
cli_string16(struct view utf16le)
{
    char *s = str16_to_utf8(utf16le);
    json_t *j = json_string(s == NULL ? "?" : s);

    free(s);
    return j;
}

/* ---- text -------------------------------------------------------------- */

static void
text_put(char *out, size_t *n, const char *s)
{
    for (; *s != '\0' && *n + 5 < OUTPUT_CELL_MAX; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < ' ' || c == 0x7f)
            *n += (size_t)snprintf(out + *n, 5, "\\x%02x", c);
        else
            out[(*n)++] = *s;
    }
    out[*n] = '\0';
}

static void
text_put_value(char *out, size_t *n, const json_t *v)
{
    char number[32];

    if (json_is_string(v)) {
        text_put(out, n, json_string_value(v));
    } else if (json_is_integer(v)) {
        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        text_put(out, n, number);
    } else if (json_is_boolean(v)) {
        text_put(out, n, json_is_true(v) ? "yes" : "no");
    } else {
        text_put(out, n, "-");
    }
}

/* A value as one cell: lists separated by commas, nothing and null as "-". */
static void
text_of(const json_t *v, char out[OUTPUT_CELL_MAX])
{
    size_t n = 0;

    out[0] = '\0';
    if (json_is_array(v)) {
        for (size_t i = 0; i < json_array_size(v); i++) {
            text_put(out, &n, i == 0 ? "" : ", ");
            text_put_value(out, &n, json_array_get(v, i));
        }
    } else {
        text_put_value(out, &n, v);
    }
    if (n == 0)
        text_put(out, &n, "-");
}

/* Columns of the screen, not bytes: continuation bytes of UTF-8 take no room. */
static size_t
text_width(const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void
text_pad(const char *s, size_t width)
{
    fputs(s, output());
    for (size_t n = text_width(s); n < width; n++)
        fputc(' ', output());
}

/* ---- objects and tables ------------------------------------------------ */

static int
print_end(void)
{
    if (fflush(output()) == 0 && ferror(output()) == 0)
        return CLI_OK;
    cli_complain("cannot write the result");
    return CLI_REFUSED;
}

static int
print_json(const json_t *value)
{
    if (value == NULL || json_dumpf(value, output(), JSON_INDENT(2)) != 0) {
        cli_complain("no memory");
        return CLI_REFUSED;
    }
    fputc('\n', output());
    return print_end();
}

int
cli_print_object(const json_t *object, const struct cli_column *columns, bool json)
{
    char cell[OUTPUT_CELL_MAX];
    size_t width = 0;

    if (json || object == NULL)
        return print_json(object);
    for (const struct cli_column *c = columns; c->key != NULL; c++) {
        size_t n = json_object_get(object, c->key) == NULL ? 0 : text_width(c->title);
        width = n > width ? n : width;
    }
    for (const struct cli_column *c = columns; c->key != NULL; c++) {
        if (json_object_get(object, c->key) == NULL)
            continue;
        text_of(json_object_get(object, c->key), cell);
        fprintf(output(), "%s:", c->title);
        text_pad("", width - text_width(c->title) + 1);
        fprintf(output(), "%s\n", cell);
    }
    return print_end();
}

static void
print_row(const json_t *object, const struct cli_column *columns, const size_t *widths)
{
    char cell[OUTPUT_CELL_MAX];

    for (size_t i = 0; columns[i].key != NULL; i++) {
        if (object == NULL)
            snprintf(cell, sizeof(cell), "%s", columns[i].title);
        else
            text_of(json_object_get(object, columns[i].key), cell);
        text_pad(cell, columns[i + 1].key == NULL ? 0 : widths[i] + 2);
    }
    fputc('\n', output());
}

int
cli_print_table(const json_t *array, const struct cli_column *columns, bool json)
{
    size_t widths[OUTPUT_COLUMNS_MAX] = { 0 };
    char cell[OUTPUT_CELL_MAX];
    size_t i;
    json_t *row;

    if (json || array == NULL)
        return print_json(array);
    for (size_t c = 0; columns[c].key != NULL; c++) {
        widths[c] = text_width(columns[c].title);
        json_array_foreach(array, i, row) {
            text_of(json_object_get(row, columns[c].key), cell);
            widths[c] = text_width(cell) > widths[c] ? text_width(cell) : widths[c];
        }
    }
    print_row(NULL, columns, widths);
    json_array_foreach(array, i, row) {
        print_row(row, columns, widths);
    }
    return print_end();
}
