/**
 * Two accelerators run the same guest and are compared: {@link org.jvmm.bench.lockstep.Lockstep}
 * finds the first instruction after which they differ. It checks the CPU in Java against KVM, and
 * one way of executing against another.
 */
package org.jvmm.bench.lockstep;
