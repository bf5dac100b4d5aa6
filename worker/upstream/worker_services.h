// SPDX-License-Identifier: Apache-2.0
#pragma once
// WorkerServices: what a worker lends to every protocol; outlives every configuration. When a configuration is only
// checked (-t, in the master) there are none: what is compiled then is never run.

#include "worker/net/connection_limit.h"
#include "worker/net/pipe.h"

namespace weir {

class BufferPool;
class EventLoop;
class FileServices;
class Segment;
class TlsEnvironment;
class UpstreamDirectory;
class ZoneDirectory;

struct WorkerServices {
  EventLoop& loop;
  BufferPool& buffers;
  Segment& segment;
  UpstreamDirectory& upstreams;
  TlsEnvironment* tls = nullptr;      // null: nothing speaks TLS here
  const Segment* observed = nullptr;  // the monitor: what its metrics page reports
  FileServices* files = nullptr;      // a worker: what it needs to serve files
  ZoneDirectory* zones = nullptr;     // a worker: of limit_conn
  ConnectionLimit connections{};
  PipePool pipes{};
};

}  // namespace weir
