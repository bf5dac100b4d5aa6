# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests are written with: a running weir, raw clients, programmable backends."""
