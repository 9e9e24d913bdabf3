/*
 * The sspi command: what all its subcommands share. A subcommand is a row of a
 * table {name, summary, run}; it reads its options through a table of its own,
 * and prints what it has to say through output.c, as text or as JSON.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/view.h"

#include <jansson.h>
#include <uchar.h>

/* Exit codes; sspi(1) documents them. */
enum cli_exit {
    CLI_OK = 0,
    CLI_REFUSED = 1,            /* the operation was refused or failed */
    CLI_USAGE = 2,
    CLI_UNREACHABLE = 3,        /* no authority, no store, no valid configuration */
    CLI_PEER = 4,               /* the peer went away, was too slow or spoke nonsense */
};

/* ---- options ----------------------------------------------------------- */

enum cli_kind {
    CLI_FLAG,                   /* bool */
    CLI_STRING,                 /* const char * */
    CLI_LIST,                   /* struct cli_list */
};

#define CLI_LIST_MAX 32

struct cli_list {
    const char *items[CLI_LIST_MAX];
    size_t count;
};

struct cli_option {
    const char *name;           /* without the dashes; NULL ends a table */
    const char *argument;       /* what --help calls it; NULL for a flag */
    enum cli_kind kind;
    size_t offset;              /* of the member of the command's options */
    const char *help;
};

struct cli_syntax {
    const char *command;        /* "sspi account add" */
    const char *operands;       /* "NAME"; "" where there are none */
    size_t min, max;            /* how many of them */
    const char *about;          /* what it does, for --help */
    const struct cli_option *options;
};

/*
 * Reads options into values; *operands is then what is left of argv. CLI_OK: go
 * on. Otherwise *done is set: return the code.
 */
int cli_parse(const struct cli_syntax *syntax, int argc, char **argv, void *values,
              char ***operands, bool *done);

struct cli_command {
    const char *name;           /* NULL ends a table */
    const char *summary;
    int (*run)(int argc, char **argv);  /* argv[0] is the command's own name */
};

/* Runs the row that argv[1] names; --help lists them. prefix: "sspi account". */
int cli_dispatch(const char *prefix, const char *about, const struct cli_command *table, int argc,
                 char **argv);

/* ---- output ------------------------------------------------------------ */

/* "sspi: ..." on standard error. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where results go: standard output, or standard error when the former carries tokens. */
void cli_output_to_stderr(void);

struct cli_column {
    const char *key;            /* of the JSON object */
    const char *title;          /* of the column, or the label of the line */
};

/* One object: JSON, or a line "Title:  value" for each column that it has. */
int cli_print_object(const json_t *object, const struct cli_column *columns, bool json);
/* An array of objects: JSON, or a table. */
int cli_print_table(const json_t *array, const struct cli_column *columns, bool json);
/* A FILETIME as JSON: "2026-01-31T12:00:00Z", or null for never. */
json_t *cli_time(int64_t filetime);
/* UTF-16 as a JSON string; what is no UTF-16 becomes "?". */
json_t *cli_string16(struct view utf16le);
/* "SEC_E_LOGON_DENIED (0x8009030c)": a status with its name, in a static buffer. */
const char *cli_status(status_t status);

/* ---- passwords --------------------------------------------------------- */

#define CLI_PASSWORD_MAX 256    /* UTF-16 units */

/* UTF-16LE; cli_password_wipe() it. */
struct cli_password {
    char16_t units[CLI_PASSWORD_MAX + 1];
    size_t count;
};

/*
 * Reads a password: from_stdin: one line of standard input; else from the
 * terminal without echo, twice where confirm says so. CLI_OK, CLI_USAGE (no
 * terminal), CLI_REFUSED (empty, too long, malformed, not the same).
 */
int cli_password_read(bool from_stdin, bool confirm, const char *prompt, struct cli_password *out);
void cli_password_wipe(struct cli_password *p);

/* ---- subcommands ------------------------------------------------------- */

int cli_account(int argc, char **argv);
int cli_package(int argc, char **argv);
int cli_status_command(int argc, char **argv);
int cli_accept(int argc, char **argv);
int cli_initiate(int argc, char **argv);

#endif
