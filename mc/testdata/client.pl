#!/usr/bin/perl
# Net::SMPP as an ESME under remote control, for interop_test.go.
#
# A line of standard input is a JSON array: the name of a method of Net::SMPP and its arguments. A line of standard
# output is the result: for a request its response as Net::SMPP decoded it, {"error": text} when the connection failed.
# Beside the methods there are connect, with a port, close, and text, which sends the parts that Texts.pm makes of a text in
# UTF-8, the last one first. A character of a JSON string is an octet.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../../esme/testdata";
use JSON::PP;
use Net::SMPP;
use Texts;

$| = 1;
my $json = JSON::PP->new->utf8->ascii->canonical;
my $smpp;

# fields returns the PDU without its raw body, and without the TLVs by number that are there by name as well.
sub fields {
    my ($pdu) = @_;
    my %known = map { $_ => $pdu->{$_} } grep { $_ ne 'data' } keys %$pdu;
    $known{command} = $pdu->explain_cmd;
    return \%known;
}

sub run {
    my ($method, @args) = @_;
    utf8::downgrade($_) for grep { defined && !ref } @args;
    if ($method eq 'connect') {
        $smpp = Net::SMPP->new_connect('127.0.0.1', port => @args) or return { error => "connect: $!" };
        return {};
    }
    if ($method eq 'close') {
        $smpp->close;
        return {};
    }
    if ($method eq 'text') {
        my ($kind, $text, @fields) = @args;
        my @parts = Texts::split_text($kind, Encode::decode('UTF-8', $text, Encode::FB_CROAK));
        for my $part (reverse @parts) {
            my $resp = $smpp->submit_sm(@fields, %$part) or return { error => 'no response' };
            return fields($resp) if $resp->{status};
        }
        return { parts => scalar @parts };
    }
    # In an object there is what Perl calls a glob: what the last failure was is a member of its hash.
    delete ${*$smpp}{smpperror};
    my $result = $smpp->$method(@args);
    return { error => ${*$smpp}{smpperror} // 'no result' } unless defined $result;
    return ref $result ? fields($result) : { seq => $result };
}

while (my $line = <STDIN>) {
    my $result = eval { run(@{ $json->decode($line) }) } // { error => "$@" };
    print $json->encode($result), "\n";
}
