// SPDX-License-Identifier: Apache-2.0
#pragma once
// UdpEnvironment: what all UDP listeners of a worker share: room for the datagrams of one turn. Made with the first of
// them; outlives them all.

#include "worker/net/datagram_batch.h"
#include "worker/stream/udp_key.h"
#include "worker/upstream/worker_services.h"

namespace weir {

struct UdpEnvironment {
  explicit UdpEnvironment(WorkerServices& services) : services(services) {}

  WorkerServices& services;
  DatagramBatch batch;
  UdpKeyHash hash;  // keyed anew in every worker
};

}  // namespace weir
