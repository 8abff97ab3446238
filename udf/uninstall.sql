-- SPDX-License-Identifier: Apache-2.0
-- Allium: removes the functions. Refuse this while encrypted data is in use through the proxy.
DROP FUNCTION IF EXISTS allium_strip;
DROP FUNCTION IF EXISTS allium_unmask;
DROP FUNCTION IF EXISTS allium_sum;
DROP FUNCTION IF EXISTS allium_add;
DROP FUNCTION IF EXISTS allium_search;
DROP FUNCTION IF EXISTS allium_version;
