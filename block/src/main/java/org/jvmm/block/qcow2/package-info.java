/**
 * The format qcow2, versions 2 and 3, after QEMU's docs/interop/qcow2.txt.
 *
 * <p>{@link org.jvmm.block.qcow2.Header} is the first cluster; {@link
 * org.jvmm.block.qcow2.Refcounts} says which clusters of the file are in use and gives out free
 * ones; {@link org.jvmm.block.qcow2.ClusterMap} leads from the disk's clusters to the file's;
 * {@link org.jvmm.block.qcow2.Qcow2Image} reads and writes through both.
 *
 * <p>What is flushed survives a crash at any moment, because writes that depend on each other have
 * a sync between them. In the file these hold at all times: a cluster's refcount is on storage
 * before anything points to the cluster; a cluster's content and a new L2 table are there before an
 * entry points to them; a cluster's refcount is lowered, and the cluster used again, only after the
 * entry that pointed to it is gone from storage. So a crash can leak clusters and nothing else.
 *
 * <p>Not supported, refused by name: encryption, external data files, extended L2 entries. Bitmaps
 * are not kept up to date: their autoclear bit is cleared when an image is opened for writing.
 */
package org.jvmm.block.qcow2;
