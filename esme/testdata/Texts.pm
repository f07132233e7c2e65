package Texts;
# Long messages and their alphabets, for the Net::SMPP peers of the interop tests here and in mc. It has tables and parsers
# of its own, from 3GPP TS 23.038 and 23.040, so that the library is not its own judge. Texts are strings of characters,
# the rest is octets.
use strict;
use warnings FATAL => 'all';
use utf8;
use Encode ();

# The default alphabet and its extension table: 3GPP TS 23.038 §6.2.1. ESC stands at 0x1B.
my $basic = "\@£\$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\e" . 'ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?'
    . '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
my %extension = (
    0x0a => "\f", 0x14 => '^', 0x28 => '{', 0x29 => '}', 0x2f => '\\', 0x3c => '[', 0x3d => '~', 0x3e => ']',
    0x40 => '|', 0x65 => '€',
);

# What Turkish changes in the two: §A.3.1 and §A.2.1.
my %turkish_locking = (
    0x04 => '€', 0x07 => 'ı', 0x0b => 'Ğ', 0x0c => 'ğ', 0x1c => 'Ş', 0x1d => 'ş', 0x40 => 'İ', 0x60 => 'ç',
);
my %turkish_single = (
    %extension, 0x47 => 'Ğ', 0x49 => 'İ', 0x53 => 'Ş', 0x63 => 'ç', 0x67 => 'ğ', 0x69 => 'ı', 0x73 => 'ş',
);

# tables returns both tables for the language identifiers of a header, of which only 1, Turkish, is known.
sub tables {
    my ($locking, $single) = @_;
    die "language\n" if grep { $_ > 1 } $locking, $single;
    my %main;
    @main{ 0 .. 127 } = split //, $basic;
    %main = (%main, %turkish_locking) if $locking;
    delete $main{0x1b};
    return \%main, $single ? \%turkish_single : \%extension;
}

# header cuts the user data header off: its elements by their identifiers, and what follows.
sub header {
    my ($octets) = @_;
    my ($length, $rest) = unpack 'C/a a*', $octets;
    my %element;
    while (length $length) {
        die "user data header\n" if length $length < 2;
        my ($id, $data) = unpack 'C C/a', $length;
        $element{$id} = $data;
        substr $length, 0, 2 + length $data, '';
    }
    return \%element, $rest;
}

# part tells of a submit_sm what it carries: which part of which message, how it is encoded, its octets.
sub part {
    my ($pdu) = @_;
    my %p = (coding => $pdu->{data_coding}, octets => $pdu->{short_message}, locking => 0, single => 0, total => 1);
    if ($pdu->{esm_class} & 0x40) {
        (my $e, $p{octets}) = header($pdu->{short_message});
        $p{header} = unpack 'H*', substr $pdu->{short_message}, 0, length($pdu->{short_message}) - length $p{octets};
        @p{qw(ref total seq)} = unpack 'C3', $e->{0x00} if exists $e->{0x00};
        @p{qw(ref total seq)} = unpack 'n C2', $e->{0x08} if exists $e->{0x08};
        $p{single}  = unpack 'C', $e->{0x24} if exists $e->{0x24};
        $p{locking} = unpack 'C', $e->{0x25} if exists $e->{0x25};
    }
    if (defined $pdu->{sar_msg_ref_num}) {
        $p{ref}   = unpack 'n', $pdu->{sar_msg_ref_num};
        $p{total} = unpack 'C', $pdu->{sar_total_segments};
        $p{seq}   = unpack 'C', $pdu->{sar_segment_seqnum};
    }
    return \%p;
}

# decode reads the text of parts that are given in their order.
sub decode {
    my (@parts) = @_;
    my $octets = join '', map { $_->{octets} } @parts;
    my ($coding, $locking, $single) = @{ $parts[0] }{qw(coding locking single)};
    return Encode::decode('UTF-16BE', $octets, Encode::FB_CROAK) if $coding == 8;
    die "data_coding $coding\n" if $coding != 0;
    my ($main, $shifted) = tables($locking, $single);
    my ($text, $escaped) = ('', 0);
    for my $code (unpack 'C*', $octets) {
        if ($code == 0x1b && !$escaped) {
            $escaped = 1;
            next;
        }
        $text .= ($escaped ? $shifted : $main)->{$code} // die sprintf "no character %#x\n", $code;
        $escaped = 0;
    }
    die "it ends in an escape\n" if $escaped;
    return $text;
}

# septets returns the octets for each character of a text.
sub septets {
    my ($text, $locking, $single) = @_;
    my ($main, $shifted) = tables($locking, $single);
    my %code = ((map { $shifted->{$_} => "\e" . chr } keys %$shifted), (map { $main->{$_} => chr } keys %$main));
    return map { $code{$_} // die "no code for $_\n" } split //, $text;
}

# cut cuts octets, given in pieces that stay whole, into parts of at most so many.
sub cut {
    my ($room, @pieces) = @_;
    my @parts = ('');
    for my $piece (@pieces) {
        push @parts, '' if length($parts[-1]) + length $piece > $room;
        $parts[-1] .= $piece;
    }
    return @parts;
}

# split_text returns the fields of the submit_sm for the parts of a text. The kinds:
#   turkish  in GSM 7-bit with both Turkish tables, concatenated with a reference of 8 bits
#   ucs2     concatenated with a reference of 16 bits, and cut where it happens, also through a character
#   sar      in GSM 7-bit, with the sar_* TLVs
sub split_text {
    my ($kind, $text) = @_;
    my $ref = 0xc7;
    if ($kind eq 'turkish') {
        my @parts = cut(int((140 - 12) * 8 / 7), septets($text, 1, 1));
        return map {
            {   esm_class => 0x40, data_coding => 0,
                short_message => pack('C12 a*', 11, 0x00, 3, $ref, scalar @parts, $_ + 1, 0x25, 1, 1, 0x24, 1, 1, $parts[$_]),
            }
        } 0 .. $#parts;
    }
    if ($kind eq 'ucs2') {
        my @parts = unpack '(a132)*', Encode::encode('UTF-16BE', $text);
        return map {
            {   esm_class => 0x40, data_coding => 8,
                short_message => pack('C3 n C2 a*', 6, 0x08, 4, 0xc7a5, scalar @parts, $_ + 1, $parts[$_]),
            }
        } 0 .. $#parts;
    }
    my @parts = cut(153, septets($text, 0, 0));
    return map {
        {   data_coding => 0, short_message => $parts[$_], sar_msg_ref_num => pack('n', 0xc7a5),
            sar_total_segments => pack('C', scalar @parts), sar_segment_seqnum => pack('C', $_ + 1),
        }
    } 0 .. $#parts;
}

1;
