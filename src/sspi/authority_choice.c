/*
 * Which authority serves this process (D19).
 *
 * Runs in the application. A configuration that is there but cannot be read is
 * an error, never a fallback: falling back would replace the host's accounts and
 * policy by those of whoever could make the file unreadable. Without a
 * configuration the embedded authority serves, from a private folder.
 *
 * The environment counts only where the configuration says `allow_environment` or
 * is absent, and never in a privileged process (secure_getenv).
 */
#include "sspi/authority.h"

#include "base/log.h"
#include "config/config.h"

#include "winerror.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENV_AUTHORITY "OPENSSPI_AUTHORITY"
#define ENV_CONFIG "OPENSSPI_CONFIG"
#define MODULE_FOLDER "opensspi"
#define PASSWD_BUFFER 16384

void
sspi_choice_wipe(struct sspi_choice *c)
{
    free(c->path);
    free(c->config_path);
    free(c->module_dir);
    free(c->askpass);
    memset(c, 0, sizeof(*c));
}

static status_t
choice_refuse(const char *reason, const char *what)
{
    log_error("authority", LOG_S("reason", reason), LOG_S("what", what));
    return SEC_E_INTERNAL_ERROR;
}

/* The folder `opensspi` beside the file that this code was loaded from. */
static char *
modules_beside_library(void)
{
    Dl_info info;
    char *real, *slash, *dir = NULL;
    union {
        void (*code)(struct sspi_choice *);
        void *address;
    } self = { sspi_choice_wipe };

    if (dladdr(self.address, &info) == 0 || info.dli_fname == NULL)
        return NULL;
    real = realpath(info.dli_fname, NULL);
    if (real == NULL)
        return NULL;
    slash = strrchr(real, '/');
    if (slash != NULL) {
        *slash = '\0';
        if (asprintf(&dir, "%s/" MODULE_FOLDER, real) < 0)
            dir = NULL;
    }
    free(real);
    return dir;
}

/* mkdir -p with mode 0700; folders that exist are left as they are. */
static bool
private_folder_make(const char *path)
{
    char *copy = strdup(path);
    char *at = copy;
    bool ok = copy != NULL;

    while (ok && at != NULL) {
        at = strchr(at + 1, '/');
        if (at != NULL)
            *at = '\0';
        ok = mkdir(copy, 0700) == 0 || errno == EEXIST || errno == EROFS;
        if (at != NULL)
            *at = '/';
    }
    free(copy);
    return ok;
}

static status_t
choice_private(struct sspi_choice *c)
{
    c->embedded = true;
    c->path = config_private_state_dir();
    if (c->path == NULL || !private_folder_make(c->path))
        return choice_refuse("no folder for the state of the embedded authority",
                             c->path != NULL ? c->path : "no home folder");
    /* The one line that D19 asks for, at a level that a library's default shows. */
    log_warning("authority", LOG_S("mode", "embedded"), LOG_S("state", c->path),
                LOG_S("reason", "no " CONFIG_DEFAULT_PATH));
    return SEC_E_OK;
}

/* unix:PATH or embedded:DIR. */
static status_t
choice_environment(const char *value, struct sspi_choice *c)
{
    static const char unix_form[] = "unix:/";
    static const char embedded_form[] = "embedded:/";

    if (strncmp(value, unix_form, strlen(unix_form)) == 0) {
        c->embedded = false;
        c->path = strdup(value + strlen(unix_form) - 1);
    } else if (strncmp(value, embedded_form, strlen(embedded_form)) == 0) {
        c->embedded = true;
        c->path = strdup(value + strlen(embedded_form) - 1);
    } else {
        return choice_refuse(ENV_AUTHORITY " is neither unix:PATH nor embedded:DIR", value);
    }
    return c->path != NULL ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static uint32_t
uid_of_account(const char *name)
{
    struct passwd pw, *found = NULL;
    char *buffer = malloc(PASSWD_BUFFER);
    uint32_t uid = 0;

    if (buffer != NULL && name != NULL
        && getpwnam_r(name, &pw, buffer, PASSWD_BUFFER, &found) == 0 && found != NULL)
        uid = pw.pw_uid;
    free(buffer);
    return uid;
}

static status_t
choice_configured(const struct config *config, struct sspi_choice *c)
{
    c->embedded = config->mode == CONFIG_MODE_EMBEDDED;
    if (!c->embedded) {
        c->path = strdup(config->socket);
        if (c->path == NULL)
            return SEC_E_INSUFFICIENT_MEMORY;
    }
    return SEC_E_OK;
}

/* What every choice takes from the configuration, whoever made it. */
static status_t
choice_common(const struct config *config, struct sspi_choice *c)
{
    c->min_uid = config != NULL ? config->min_uid : SSPI_MIN_UID;
    if (config != NULL) {
        if (!c->embedded)
            c->trusted_uid = uid_of_account(config->user);
        if (config->path != NULL && (c->config_path = strdup(config->path)) == NULL)
            return SEC_E_INSUFFICIENT_MEMORY;
        if (config->askpass != NULL && (c->askpass = strdup(config->askpass)) == NULL)
            return SEC_E_INSUFFICIENT_MEMORY;
    }
    c->module_dir = config != NULL && config->module_dir != NULL ? strdup(config->module_dir)
                                                                  : modules_beside_library();
    if (c->module_dir == NULL)
        return choice_refuse("the folder of modules is not known", "libsspi.so");
    return SEC_E_OK;
}

/* The daemon's sections are its own: a fault there, or an account unknown here, is no fault. */
static status_t
choice_load(const char *path, bool must_exist, struct config **config)
{
    char error[CONFIG_ERROR_MAX] = "";
    int rc = config_load_authority(path, config, error);

    if (rc == 0 || (rc == -ENOENT && !must_exist))
        return SEC_E_OK;
    return choice_refuse("configuration", error[0] != '\0' ? error : path);
}

static status_t
choice_decide(const char *main_path, struct config **config, struct sspi_choice *c)
{
    const char *env = NULL;
    const char *other = NULL;
    status_t st = choice_load(main_path, false, config);

    if (st != SEC_E_OK)
        return st;
    if (*config == NULL || (*config)->allow_environment) {
        env = secure_getenv(ENV_AUTHORITY);
        other = secure_getenv(ENV_CONFIG);
    }
    if (other != NULL) {
        config_free(*config);
        *config = NULL;
        st = choice_load(other, true, config);
        if (st != SEC_E_OK)
            return st;
    }
    if (env != NULL)
        return choice_environment(env, c);
    return *config != NULL ? choice_configured(*config, c) : choice_private(c);
}

status_t
sspi_choice_make_from(const char *main_path, struct sspi_choice *c)
{
    struct config *config = NULL;
    status_t st;

    memset(c, 0, sizeof(*c));
    st = choice_decide(main_path, &config, c);
    if (st == SEC_E_OK)
        st = choice_common(config, c);
    config_free(config);
    if (st != SEC_E_OK) {
        sspi_choice_wipe(c);
        return st;
    }
    log_info("authority", LOG_S("mode", c->embedded ? "embedded" : "lsad"),
             LOG_S("path", c->path), LOG_S("modules", c->module_dir));
    return SEC_E_OK;
}

status_t
sspi_choice_make(struct sspi_choice *c)
{
    return sspi_choice_make_from(CONFIG_DEFAULT_PATH, c);
}
