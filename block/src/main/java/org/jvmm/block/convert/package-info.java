/** What is done with whole images: copied from one format to another, compared. */
package org.jvmm.block.convert;
