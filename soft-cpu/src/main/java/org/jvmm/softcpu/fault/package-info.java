/** Exceptions of the guest, raised by instructions. */
package org.jvmm.softcpu.fault;
