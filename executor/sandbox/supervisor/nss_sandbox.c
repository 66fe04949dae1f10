/*
 * Gives the sandbox's user a name, for getpwuid(3) and the like. Each sandbox has a user id of its own, which
 * no file in the image can contain. This module names the calling user, after /etc/passwd (nsswitch.conf).
 */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define NAME "sandbox"

/* The texts of an entry. They must be in the caller's buffer. */
static const char texts[] = NAME "\0x\0/tmp\0/bin/sh";
enum { AT_NAME = 0, AT_PASSWORD = sizeof NAME, AT_HOME = AT_PASSWORD + 2, AT_SHELL = AT_HOME + 5 };

static enum nss_status passwd(struct passwd *entry, char *buffer, size_t size, int *error)
{
    if (size < sizeof texts) {
        *error = ERANGE;
        return NSS_STATUS_TRYAGAIN;
    }
    memcpy(buffer, texts, sizeof texts);
    *entry = (struct passwd){
        .pw_name = buffer + AT_NAME,
        .pw_passwd = buffer + AT_PASSWORD,
        .pw_uid = getuid(),
        .pw_gid = getgid(),
        .pw_gecos = buffer + AT_NAME,
        .pw_dir = buffer + AT_HOME,
        .pw_shell = buffer + AT_SHELL,
    };
    return NSS_STATUS_SUCCESS;
}

static enum nss_status group(struct group *entry, char *buffer, size_t size, int *error)
{
    /* An empty list of members, aligned for a pointer. */
    size_t members = -(size_t)buffer % sizeof(char *);
    size_t start = members + sizeof(char *);
    if (size < start + sizeof texts) {
        *error = ERANGE;
        return NSS_STATUS_TRYAGAIN;
    }
    memset(buffer, 0, start);
    memcpy(buffer + start, texts, sizeof texts);
    *entry = (struct group){
        .gr_name = buffer + start + AT_NAME,
        .gr_passwd = buffer + start + AT_PASSWORD,
        .gr_gid = getgid(),
        .gr_mem = (char **)(buffer + members),
    };
    return NSS_STATUS_SUCCESS;
}

/* Root has a name of its own. */
static bool is_ours(bool matches)
{
    return matches && getuid() != 0 && getgid() != 0;
}

enum nss_status _nss_sandbox_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
                                        int *error)
{
    return is_ours(uid == getuid()) ? passwd(entry, buffer, size, error) : NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_sandbox_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
                                        int *error)
{
    return is_ours(strcmp(name, NAME) == 0) ? passwd(entry, buffer, size, error) : NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_sandbox_getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size,
                                        int *error)
{
    return is_ours(gid == getgid()) ? group(entry, buffer, size, error) : NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_sandbox_getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size,
                                        int *error)
{
    return is_ours(strcmp(name, NAME) == 0) ? group(entry, buffer, size, error) : NSS_STATUS_NOTFOUND;
}

/* For callers that list all entries: there is one. */
static bool listed_passwd, listed_group;

enum nss_status _nss_sandbox_setpwent(void)
{
    listed_passwd = false;
    return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_sandbox_endpwent(void)
{
    return _nss_sandbox_setpwent();
}

enum nss_status _nss_sandbox_getpwent_r(struct passwd *entry, char *buffer, size_t size, int *error)
{
    if (!is_ours(!listed_passwd))
        return NSS_STATUS_NOTFOUND;
    enum nss_status status = passwd(entry, buffer, size, error);
    listed_passwd = status == NSS_STATUS_SUCCESS;
    return status;
}

enum nss_status _nss_sandbox_setgrent(void)
{
    listed_group = false;
    return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_sandbox_endgrent(void)
{
    return _nss_sandbox_setgrent();
}

enum nss_status _nss_sandbox_getgrent_r(struct group *entry, char *buffer, size_t size, int *error)
{
    if (!is_ours(!listed_group))
        return NSS_STATUS_NOTFOUND;
    enum nss_status status = group(entry, buffer, size, error);
    listed_group = status == NSS_STATUS_SUCCESS;
    return status;
}
