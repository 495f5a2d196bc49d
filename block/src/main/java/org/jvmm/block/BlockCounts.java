package org.jvmm.block;

import org.jvmm.core.backend.BlockRequest;

/**
 * What a drive's requests came to so far.
 *
 * @param bytesRead of READs that succeeded
 * @param bytesWritten of WRITEs that succeeded
 * @param reads that succeeded
 * @param writes that succeeded
 * @param flushes that succeeded
 * @param discards DISCARDs and WRITE_ZEROES that succeeded
 * @param failed requests of any kind
 * @param readNanos from a READ's start on the image to its end, in all
 * @param writeNanos the same of WRITEs
 * @param flushNanos the same of FLUSHes
 */
public record BlockCounts(
    long bytesRead,
    long bytesWritten,
    long reads,
    long writes,
    long flushes,
    long discards,
    long failed,
    long readNanos,
    long writeNanos,
    long flushNanos) {
  /** Counts on the worker's thread; read by others between requests. */
  static final class Counter {
    private long bytesRead, bytesWritten, reads, writes, flushes, discards, failed;
    private long readNanos, writeNanos, flushNanos;

    synchronized void add(BlockRequest.Kind kind, long length, boolean succeeded, long nanos) {
      if (!succeeded) {
        failed++;
        return;
      }
      switch (kind) {
        case READ -> {
          reads++;
          bytesRead += length;
          readNanos += nanos;
        }
        case WRITE -> {
          writes++;
          bytesWritten += length;
          writeNanos += nanos;
        }
        case FLUSH -> {
          flushes++;
          flushNanos += nanos;
        }
        case DISCARD, WRITE_ZEROES -> discards++;
      }
    }

    synchronized BlockCounts now() {
      return new BlockCounts(
          bytesRead,
          bytesWritten,
          reads,
          writes,
          flushes,
          discards,
          failed,
          readNanos,
          writeNanos,
          flushNanos);
    }
  }
}
