/**
 * System calls of Linux on x86-64 without native code of our own: {@link
 * org.jvmm.kvm.nativecall.NativeCalls} over JNA, jffi or java.lang.foreign.
 */
package org.jvmm.kvm.nativecall;
