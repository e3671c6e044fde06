#pragma once
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/eventfd.h>
