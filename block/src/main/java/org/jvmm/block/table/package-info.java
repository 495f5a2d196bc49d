/**
 * What formats with a table of blocks have in common: {@link org.jvmm.block.table.BlockMap} carries
 * transfers out over blocks that stand anywhere in a file or nowhere, {@link
 * org.jvmm.block.table.TableCache} holds the table's pages, {@link
 * org.jvmm.block.table.MappedImage} is an image of both. A format adds where its table is and what
 * its entries mean.
 */
package org.jvmm.block.table;
