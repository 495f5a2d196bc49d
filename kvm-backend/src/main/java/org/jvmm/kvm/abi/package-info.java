/**
 * The binary interface of KVM on x86-64, under the names of linux/kvm.h. Facts only, no behaviour.
 */
package org.jvmm.kvm.abi;
