/**
 * Disk images and the host end of a disk.
 *
 * <p>From the bottom up: {@link org.jvmm.block.ImageFile} is a file on the host (locked,
 * positional); an {@link org.jvmm.block.ImageFormat} presents such a file as a {@link
 * org.jvmm.block.BlockImage}; {@link org.jvmm.block.Images} opens and creates images by name,
 * probes formats, and follows backing files. What only some formats can do is an interface of its
 * own: {@link org.jvmm.block.Snapshots}, {@link org.jvmm.block.Checkable}, {@link
 * org.jvmm.block.Resizable}, {@link org.jvmm.block.CompressedWriter}, {@link
 * org.jvmm.block.Described}.
 */
package org.jvmm.block;
