/*
 * The table of all keys, private to src/config: one row has all that reading,
 * defaults, error messages and the manual page need to know of a key.
 */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include "config/config.h"

enum config_type {
    CONFIG_TYPE_BOOL,       /* yes, no, true, false, on, off, 1, 0 */
    CONFIG_TYPE_U32,        /* min to max */
    CONFIG_TYPE_OCTAL,      /* permission bits, at most max */
    CONFIG_TYPE_WORD,       /* one of words, in an int */
    CONFIG_TYPE_WORDS,      /* several of words, or-ed in a uint32_t */
    CONFIG_TYPE_NAME,       /* a user, a group: no white space, at most max bytes */
    CONFIG_TYPE_PATH,       /* absolute, at most max bytes */
    CONFIG_TYPE_TEXT,       /* at most max bytes; who uses it says what it means */
    CONFIG_TYPE_NETBIOS,    /* 1 to 15 characters of [A-Za-z0-9_-] */
    CONFIG_TYPE_DNS,        /* labels of [A-Za-z0-9-], at most 255 bytes */
    CONFIG_TYPE_MODULE,     /* [a-z0-9-]+: it becomes a file name (D13) */
    CONFIG_TYPE_LIST,       /* words separated by commas: char ** and a count */
    CONFIG_TYPE_UIDS,       /* user names, numbers or *: the uid members of a service */
};

enum config_kind {
    CONFIG_AUTHORITY,
    CONFIG_MACHINE,
    CONFIG_STORE,
    CONFIG_PACKAGE,
    CONFIG_SERVICE,
    CONFIG_REALM,
};
#define CONFIG_KINDS 6

struct config_word {
    const char *word;
    uint32_t value;
};

struct config_key {
    enum config_kind kind;
    const char *name;
    enum config_type type;
    uint32_t min, max;
    const struct config_word *words;
    const char *fallback;   /* the default as one would write it; NULL: not set */
    size_t offset;          /* in struct config or the section's own */
    const char *shown;      /* the default as the manual shows it; NULL: fallback */
    const char *doc;        /* one line */
};

struct config_section {
    const char *name;       /* "store"; for named ones the word before the name */
    bool named;             /* [package NAME], [service NAME] */
    const char *doc;
};

extern const struct config_section config_sections[CONFIG_KINDS];
extern const struct config_key config_keys[];
extern const size_t config_key_count;

/*
 * Settings of packages that come with OpenSSPI: the package reads them itself, but
 * a misspelt one must not be passed over in silence. Packages without a row
 * may have any settings.
 */
struct config_package_key {
    const char *package;
    struct config_key key;      /* offset is not used */
};
extern const struct config_package_key config_package_keys[];
extern const size_t config_package_key_count;

/* NULL: the section has no such key. */
const struct config_key *config_key_find(enum config_kind kind, const char *name);

/* What a key takes, in words: "a number from 0 to 65535". */
void config_key_range(const struct config_key *k, char *out, size_t room);

/*
 * Parses value into the member of object; what was there is freed. 0; -EINVAL:
 * error says what is wrong with it; -ENOMEM.
 */
MUST_CHECK int config_value_set(const struct config_key *k, void *object, const char *value,
                                char *error, size_t room);
/* Only whether it could be: for keys that have no member, of a single value. */
MUST_CHECK int config_value_check(const struct config_key *k, const char *value, char *error,
                                  size_t room);
/* Sets every key of the kind to its default. */
MUST_CHECK int config_value_defaults(enum config_kind kind, void *object);
void config_value_free(enum config_kind kind, void *object);
/* [a-z0-9-]+, at most 64. */
bool config_value_is_module(const char *s);

/* The whole of a configuration file, checked for what INI must not contain. */
struct config_text {
    char *text;             /* NUL-terminated */
    size_t size;
    size_t at;              /* the next line begins here */
    unsigned line;          /* number of the line read last */
};
/* 0, or a negative errno and the reason. */
MUST_CHECK int config_text_read(const char *path, struct config_text *out,
                                char error[CONFIG_ERROR_MAX]);
/* The next line without its end and surrounding blanks; false at the end. */
bool config_text_line(struct config_text *t, struct view *line);
void config_text_free(struct config_text *t);

/* config_load.c's objects, made by name with their defaults; NULL: no memory. */
struct config_package *config_package_add(struct config *c, const char *name);
struct config_service *config_service_add(struct config *c, const char *name);
struct config_realm *config_realm_add(struct config *c, const char *name);
struct config_package *config_package_find(const struct config *c, const char *name);
struct config_service *config_service_find(const struct config *c, const char *name);
struct config_realm *config_realm_find(const struct config *c, const char *name);
struct config *config_new(void);
/* Adds the service of CONFIG_SERVICE_SELF. */
MUST_CHECK int config_self_add(struct config *c);

#endif
