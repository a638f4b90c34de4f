#!/bin/bash
# test_scenario.sh: the scenarios of selftests/scenarios/ come true, each in a network
# namespace of its own; a subtest for each file, and in it a test for each step.
#
# Test-timeout: 300
exec skbscope play --ktap --patience 30 selftests/scenarios/*.yaml
