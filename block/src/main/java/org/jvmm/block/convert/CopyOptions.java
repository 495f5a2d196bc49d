package org.jvmm.block.convert;

/**
 * How an image is copied.
 *
 * @param compress whether units are stored compressed
 * @param threads that read, unpack and compress; at least 1
 * @param sparseBytes that many zero bytes in a row, aligned, are not stored; 0: everything is
 *     stored
 * @param targetZero the target reads as zeroes, so that zeroes need not be written
 * @param targetBacked the target has a backing file: only what differs from it is written
 */
public record CopyOptions(
    boolean compress, int threads, int sparseBytes, boolean targetZero, boolean targetBacked) {}
