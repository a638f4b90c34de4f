// SPDX-License-Identifier: GPL-2.0
/*
 * exec.c - the exec calls that the preload library takes over
 *
 * Each adds what handover.c has to say to the new program's environment. The C
 * library's own calls of them, as in system(), go past these. What is passed
 * lies on the stack, for it may be the child of vfork() that calls.
 */
#include <alloca.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "preload/handover.h"
#include "preload/real.h"
#include "preload/setup.h"

#define VARIABLE	RUN_HANDOVER "="
#define VARIABLE_MAX	(sizeof(VARIABLE) + HANDOVER_MAX)

#pragma GCC visibility push(default)

/* elements of an environment that has one variable more */
static size_t env_size(char *const envp[])
{
	size_t nr = 0;

	while (envp && envp[nr])
		nr++;
	return nr + 2;
}

/* the variable comes last, in place of one that is there already */
static char **env_fill(char **env, char *const envp[],
		       char variable[VARIABLE_MAX])
{
	size_t nr = 0;

	setup_once();
	for (; envp && *envp; envp++)
		if (strncmp(*envp, VARIABLE, strlen(VARIABLE)))
			env[nr++] = *envp;
	strcpy(variable, VARIABLE);
	if (handover_write(variable + strlen(VARIABLE)))
		env[nr++] = variable;
	env[nr] = NULL;
	return env;
}

int execve(const char *path, char *const argv[], char *const envp[])
{
	char *env[env_size(envp)], variable[VARIABLE_MAX];

	return real.execve(path, argv, env_fill(env, envp, variable));
}

int execvpe(const char *file, char *const argv[], char *const envp[])
{
	char *env[env_size(envp)], variable[VARIABLE_MAX];

	return real.execvpe(file, argv, env_fill(env, envp, variable));
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
	char *env[env_size(envp)], variable[VARIABLE_MAX];

	return real.fexecve(fd, argv, env_fill(env, envp, variable));
}

int execveat(int dir, const char *path, char *const argv[], char *const envp[],
	     int flags)
{
	char *env[env_size(envp)], variable[VARIABLE_MAX];

	return real.execveat(dir, path, argv, env_fill(env, envp, variable),
			     flags);
}

int posix_spawn(pid_t *__restrict pid, const char *__restrict path,
		const posix_spawn_file_actions_t *__restrict actions,
		const posix_spawnattr_t *__restrict attr,
		char *const argv[__restrict_arr],
		char *const envp[__restrict_arr])
{
	char *env[env_size(envp)], variable[VARIABLE_MAX];

	return real.posix_spawn(pid, path, actions, attr, argv,
				env_fill(env, envp, variable));
}

int posix_spawnp(pid_t *__restrict pid, const char *__restrict file,
		 const posix_spawn_file_actions_t *__restrict actions,
		 const posix_spawnattr_t *__restrict attr,
		 char *const argv[__restrict_arr],
		 char *const envp[__restrict_arr])
{
	char *env[env_size(envp)], variable[VARIABLE_MAX];

	return real.posix_spawnp(pid, file, actions, attr, argv,
				 env_fill(env, envp, variable));
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

/* elements of an argument vector that has what a call lists */
static size_t args_size(const char *arg, va_list ap)
{
	size_t nr = 1;

	for (; arg; arg = va_arg(ap, char *))
		nr++;
	return nr;
}

/* the environment that execle() has behind the arguments, if there is one */
static char *const *args_fill(char **argv, const char *arg, va_list ap,
			      bool has_env)
{
	for (; arg; arg = va_arg(ap, char *))
		*argv++ = (char *)arg;
	*argv = NULL;
	return has_env ? va_arg(ap, char *const *) : environ;
}

/* runs call with what is listed from arg on */
#define LISTED(call, path, arg, has_env)				\
	({								\
		char *const *envp_;					\
		char **argv_;						\
		va_list ap_;						\
									\
		va_start(ap_, arg);					\
		argv_ = alloca(args_size(arg, ap_) * sizeof(*argv_));	\
		va_end(ap_);						\
		va_start(ap_, arg);					\
		envp_ = args_fill(argv_, arg, ap_, has_env);		\
		va_end(ap_);						\
		call(path, argv_, envp_);				\
	})

int execl(const char *path, const char *arg, ...)
{
	return LISTED(execve, path, arg, false);
}

int execlp(const char *file, const char *arg, ...)
{
	return LISTED(execvpe, file, arg, false);
}

int execle(const char *path, const char *arg, ...)
{
	return LISTED(execve, path, arg, true);
}
