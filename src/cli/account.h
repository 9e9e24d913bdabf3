/* The subcommands of `sspi account`, one or a few related ones a file. */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H

#include "cli/store.h"

/* Name, rid and SID of an account or group, as JSON or text; the exit code. */
int account_print_name(struct account_store *s, const char *name, uint32_t rid, bool json);

/* And the members of a group. */
int account_print_group(struct account_store *s, const char *name, uint32_t rid, bool json);

int account_add_command(int argc, char **argv);
int account_list_command(int argc, char **argv);
int account_show_command(int argc, char **argv);
int account_passwd_command(int argc, char **argv);
int account_disable_command(int argc, char **argv);
int account_enable_command(int argc, char **argv);
int account_unlock_command(int argc, char **argv);
int account_delete_command(int argc, char **argv);
int account_import_command(int argc, char **argv);
int account_group_command(int argc, char **argv);
int account_backup_command(int argc, char **argv);
int account_rekey_command(int argc, char **argv);

#endif
