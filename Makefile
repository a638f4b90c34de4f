# Everything by one word: `make help` lists the words. What is missing on a
# Debian 12 machine is installed by the scripts behind them.
#
# Variables, for the VM first of all:
#   KERNEL=6.1|6.12|7.2  which Debian kernel to build for and to boot; or debug,
#                     6.12 with every detector of faults, built when first asked
#   KERNELS='6.1 6.12' the kernels of `make check`
#   TESTS='names'     of `make check`, those selftests alone
#   MINUTES=1440      of `make check`: what has not begun by then is skipped
#   RUN='command'     what `make vm` runs; quotes and pipes pass unharmed
#   OUT=folder        the one folder whose writes reach the host
#   CPUS=2 MEM=2G     the guest's size
#   ACCEL=tcg|kvm     software emulation, or KVM where the CPU has vmx or svm
#   ICOUNT=1          time counted in instructions, the same in every run
#   TIMEOUT=300       seconds until a guest that hangs is stopped
#   LOAD=0            boot without loading the module
#   TURNS=0           emulated CPUs run side by side: faster, and sometimes wrong
#   APPEND='words'    put on the kernel's command line
#   PARTS='peers ...' what `make bench` measures, see selftests/bench/bench.sh
#   WERROR=0          let compiler warnings pass
#   SECONDS=60        how long `make fuzz`, or the fuzzer of `make check`, runs
#   FUZZ_SEED=1       what its random numbers begin with
#   GATHER=0          `make coverage` of what the last check on debug counted

FUZZ_KERNEL := $(or $(KERNEL),debug)
KERNEL ?= 6.1
KERNELS ?= 6.1 6.12
WERROR ?= 1

# The fuzzer's own kernel is the one that finds most. SECONDS is a clock to bash.
FUZZ_SECONDS := $(or $(SECONDS),60)
FUZZ_SEED ?= 1
unexport SECONDS
export FUZZ_SECONDS FUZZ_SEED

# The text of RUN belongs to the guest's shell: make must not expand it.
override RUN := $(value RUN)
export KERNEL KERNELS TESTS MINUTES RUN OUT CPUS MEM ACCEL ICOUNT TIMEOUT LOAD TURNS APPEND WERROR
export PARTS DATAGRAMS SOCKETS

# Nothing of ours may leak into the kernel's or the tool's own Makefile.
MAKEOVERRIDES =
MAKEFLAGS += --no-print-directory

vm := selftests/vm

all: modules tool ## the module for KERNEL, and the tool

modules: ## the module for KERNEL: .build/<release>/skbscope.ko
	@$(vm)/build-module.sh "$$KERNEL"

tool: ## the tool: .build/user/skbscope
	@$(vm)/build-tool.sh

demo: all ## a datagram's way through the kernel, shown in a VM
	@RUN="$$([ ! -t 1 ] || echo CLICOLOR_FORCE=1) skbscope tour" $(vm)/vm.sh

vm: export QUIET = $(if $(RUN),1)
vm: all ## a root shell in the VM, or RUN='command' there
	@$(vm)/vm.sh

check: ## style, builds, unit tests, and the selftests on every kernel
	@selftests/check.sh

check-debug: ## the same on KERNEL=debug alone: sanitizers, leaks, failing memory
	@KERNELS=debug selftests/check.sh

canary: ## whether every detector of KERNEL=debug reports a deliberate bug
	@selftests/canary.sh

bench: all ## what AF_SCOPE costs beside its peers, in instructions; PARTS='a b'
	@selftests/bench/bench.sh

fuzz: ## random programs against the family, in a VM of KERNEL=debug
	@KERNEL=$(FUZZ_KERNEL) $(MAKE) modules
	@KERNEL=$(FUZZ_KERNEL) selftests/fuzz/fuzz.sh

coverage: ## which lines of kmod/ the selftests and the fuzzer reach
	@selftests/coverage/coverage.sh

style: ## checkpatch, sparse, shellcheck, generated files
	@selftests/style.sh

regen: ## writes the files generated from kmod/spec/skbscope.yaml
	@selftests/generate.sh .

install: ## the module by DKMS, the tool, its man pages
	@selftests/install.sh

clean: ## removes .build; the cache of kernels stays
	@rm -rf .build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 13
	@sed -n '/^# Variables/,/^$$/s/^# \?//p' $(firstword $(MAKEFILE_LIST))

.PHONY: all modules tool demo vm check check-debug canary bench fuzz coverage style regen install \
	clean help
