package io.vxmeta.client;

/// What a near cache did so far, and what it holds.
///
/// `hits` and `misses` count keys, of those reads only that memory may answer; `evictions` entries
/// that went to make room or for their age, not those that writes took out. `bytes` as
/// [NearCacheLimits] counts them.
public record NearCacheCounters(long hits, long misses, long evictions, long entries, long bytes) {}
