/*
 * config: the configuration file (/etc/opensspi/opensspi.conf, and the drop-ins of the
 * folder conf.d beside it), read by lsad, the embedded authority, the sspi command and, for
 * [authority] only, libsspi.
 *
 * INI. Every key is a row of a table (config_table.c) with its type, range,
 * default and one line of documentation, from which opensspi.conf(5) is
 * generated. An unknown section or key, a value out of range or a key given
 * twice in one file is an error that names file, line and the nearest valid
 * key. A later file overrides an earlier one, key by key.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/view.h"

#define CONFIG_DEFAULT_PATH "/etc/opensspi/opensspi.conf"
#define CONFIG_ERROR_MAX 512

/* What a service may do: config [service NAME] may = ... (D1). */
enum config_may {
    CONFIG_MAY_ACCEPT = 1,
    CONFIG_MAY_INITIATE = 2,
    CONFIG_MAY_TOKEN = 4,
    CONFIG_MAY_DELEGATE = 8,
    CONFIG_MAY_TCB = 16,
    CONFIG_MAY_ADMIN = 32,          /* `sspi status` of all services */
};

enum config_mode { CONFIG_MODE_EMBEDDED, CONFIG_MODE_LSAD };
/* Which calls of a package may wait for the network: none, all, or those that initiate (D6). */
enum config_pool { CONFIG_POOL_FAST, CONFIG_POOL_SLOW, CONFIG_POOL_INITIATE };

/* A setting that a package reads itself. */
struct config_setting {
    char *package, *key, *value;
};

struct config_settings {
    struct config_setting *v;
    size_t count;
};

struct config_service {
    char *name;
    char *listen;                   /* own socket: it is the identity (D2); NULL: the shared one */
    uint32_t listen_mode;           /* octal, default 0660 */
    char *listen_group;             /* group of the socket file; NULL: the authority's */
    uint32_t *uids;                 /* who, on the shared socket */
    size_t uid_count;
    bool any_uid;                   /* uid = * */
    uint32_t may;                   /* CONFIG_MAY_* */
    char **packages;                /* allowed packages; count 0: all */
    size_t package_count;
    uint32_t max_contexts;          /* default 10000 */
    uint32_t max_half_open;         /* default 1000 */
    uint32_t max_credentials;       /* default 1000 */
    uint32_t handshake_seconds;     /* older half-open contexts are dropped; default 60 */
    uint32_t failures_per_minute;   /* failed logons, then further ones are refused; 600 */
    struct config_settings settings;    /* PACKAGE.setting: goes before the package's own */
    char *keytab;                   /* Kerberos keys, read by the authority alone; NULL: none */
    char *principals;               /* those of them that are its, by commas; NULL: all */
};

/* A Kerberos realm whose users may log on: what its tickets may say of them (D23). */
struct config_realm {
    char *name;
    char *sid;                      /* the SIDs of its domains, by commas; NULL: none */
    char *accounts;                 /* the local account of a user, "%u" his name; NULL: none */
};

struct config_package {
    char *name;                     /* section [package NAME] */
    char *module;                   /* file name without .so: [a-z0-9-]+; default: the name */
    bool enabled;
    bool is_named;                  /* the configuration has the section */
    enum config_pool pool;          /* where its calls run; see config_package_add() */
    struct config_settings settings;    /* the other keys */
};

struct config {
    char *path;                     /* the main file; NULL: none, built-in defaults */
    /* [authority] */
    enum config_mode mode;          /* default lsad where a file exists */
    char *socket;                   /* default /run/opensspi/lsad.sock */
    char *user;                     /* lsad's account, which libsspi believes like root's */
    bool allow_environment;
    char *module_dir;               /* NULL: not given, as built */
    char *askpass;                  /* asks for credentials in applications; NULL: none */
    int log_level;                  /* enum log_level */
    uint32_t workers;               /* fast pool threads; 0: one a processor */
    uint32_t slow_workers;          /* default 8 */
    uint32_t slow_queue;            /* waiting calls a service; default 64 */
    uint32_t max_clients;           /* connected processes; default 1024 */
    uint32_t min_uid;               /* lower ones are nobody's image (D18); default 1000 */
    bool name_service;              /* sockets for sssd, winbind: whom local users are asked of */
    /* [machine]; NULL: from the host's name */
    char *netbios_name, *dns_name, *netbios_domain, *dns_domain, *dns_forest;
    /* [store] */
    char *state_dir;                /* default /var/lib/opensspi */
    char *key_file;                 /* NULL: STATE_DIR/store.key */
    uint32_t lockout_threshold;     /* failed logons; 0: never; default 10 */
    uint32_t lockout_window_minutes;    /* default 15 */
    uint32_t lockout_minutes;       /* default 15; 0: until unlocked by hand */
    uint32_t idmap_first, idmap_count;  /* uids of accounts without a local user; 0: none */
    uint32_t password_min_length;   /* of one that a user chooses; default 8 */
    uint32_t password_history;      /* last ones that may not come again; default 5 */
    /* [package NAME], [service NAME] */
    struct config_package *packages;    /* at least NTLM, Kerberos and Negotiate */
    size_t package_count;
    struct config_service *services;
    size_t service_count;
    /* [realm NAME] */
    struct config_realm *realms;
    size_t realm_count;
};

/*
 * Reads path (NULL: CONFIG_DEFAULT_PATH) and the drop-ins of conf.d beside it.
 * On failure *out is NULL and error names file, line, key and remedy.
 *   0; -ENOENT only when path itself does not exist; -EINVAL; -EACCES; -ENOMEM; ...
 */
MUST_CHECK int config_load(const char *path, struct config **out, char error[CONFIG_ERROR_MAX]);

/*
 * The same for libsspi, which wants [authority] only: the other sections are
 * passed over, so no name service is asked inside an application, and a fault
 * there is the daemon's to report.
 */
MUST_CHECK int config_load_authority(const char *path, struct config **out,
                                     char error[CONFIG_ERROR_MAX]);

/*
 * The service that stands in an embedded authority where no service is
 * configured: the process itself, any uid; may accept, initiate, token, admin.
 */
#define CONFIG_SERVICE_SELF "self"

/* Built-in defaults, for the embedded authority without a file. NULL: no memory. */
struct config *config_defaults(void);
void config_free(struct config *c);

/*
 * Where the embedded authority keeps its state when no file says where: root's
 * own folder, else $XDG_STATE_HOME/opensspi or ~/.local/state/opensspi. On the
 * heap; NULL: no home folder, or no memory.
 */
char *config_private_state_dir(void);

/* The value of a [package NAME] setting (name without regard to case); NULL: not set. */
const char *config_package_setting(const struct config *c, const char *package, const char *key);

/*
 * The service that a peer on the shared socket belongs to: the first whose uid list
 * has it, else the first with uid = *; NULL: none (D1).
 */
const struct config_service *config_service_of_uid(const struct config *c, uint32_t uid);

/*
 * Writes the reference of all keys as man-page source, line by line: for
 * opensspi.conf(5) and `lsad --help-config`.
 */
void config_describe(void (*line)(const char *text, void *arg), void *arg);

#endif
