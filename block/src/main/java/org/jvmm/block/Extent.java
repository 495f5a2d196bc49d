package org.jvmm.block;

/**
 * A run of a disk that is stored in one manner.
 *
 * @param length bytes, at least 1, never past the disk's end
 * @param allocated stored in this image itself, not in a backing file and not absent
 * @param zero reads as zeroes, known without reading
 * @param fileOffset where the bytes stand plainly in the image's file; -1 when compressed or absent
 * @param depth 0 in this image, 1 in its backing file, and so on; where the content comes from
 */
public record Extent(long length, boolean allocated, boolean zero, long fileOffset, int depth) {}
