/* The bench of the tests of acting for a client with real uids (D18): embedded authority, NTLM. */
#ifndef CONTRACT_ACTING_H
#define CONTRACT_ACTING_H

#include "app.h"

#include <linux/capability.h>
#include <sys/stat.h>

/* By the configured range: 200000 and the RID. */
#define ACTING_USERS_GROUP 200513u          /* Domain Users */
#define ACTING_LOCAL_USER "nobody"          /* the second account's local user */

extern uint32_t acting_id, acting_group;    /* of the first account, and of a group that he is in */
extern char16_t acting_second[];

/* The folders and the accounts; 0, or what to end with. stop: the program's result. */
int acting_start(void);
int acting_stop(int result);
/* The configuration of processes that begin from now on: min_uid, or 0 for what is built in. */
void acting_config_write(unsigned min_uid);

bool is_root(void);
/* A path in a folder that everybody may write; the next call uses the same room. */
char *in_work(const char *name);
/* Makes a file as whoever the thread is, and says whose it is. */
struct stat made(const char *name);

struct self {
    uid_t uid;
    gid_t gid;
    int count;
    gid_t groups[256];
    struct __user_cap_data_struct caps[2];
};

struct self self_get(void);
void assert_self(const struct self *before);

/* Runs fn in a child; it ends with 0. */
void in_child(void (*fn)(void));
void in_thread(void *(*fn)(void *), void *arg);

/*
 * A thread's: what it is goes into arg[0] (struct self). It acts by the token, if there is one,
 * and reverts: what it is then goes into arg[1].
 */
extern HANDLE acting_token;
void *look_and_revert(void *arg);

#endif
