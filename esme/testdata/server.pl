#!/usr/bin/perl
# Net::SMPP as a message centre, for interop_test.go. It serves one connection after another on a free port until it is
# killed; with a port as its argument it connects there and sends outbind.
#
# It writes a line of JSON for its port, for every PDU that it gets, as Net::SMPP decoded it, and for the end of each
# connection. A character of a JSON string is an octet. What it does beside answering depends on the text of a
# submit_sm: see %after. When the last part of a long message has come it writes a line for the text, read by Texts.pm.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Net::SMPP;
use Texts;

$| = 1;
my $json = JSON::PP->new->utf8->ascii->canonical;

sub report { print $json->encode($_[0]), "\n" }

# %answer has for each operation what it is answered with; a status among it makes the answer an error.
my %answer = (
    query_sm => sub {
        my ($q) = @_;
        return (message_id => '', message_state => 0, status => 0x67) if $q->{message_id} ne 'id-1';
        return (message_id => 'id-1', final_date => '260301093000004+', message_state => 2, error_code => 7);
    },
    cancel_sm  => sub { return $_[0]{message_id} eq 'id-1' ? () : (status => 0x11) },
    replace_sm => sub { return $_[0]{message_id} eq 'id-1' ? () : (status => 0x13) },
    submit_sm  => sub {
        return $_[0]{short_message} eq 'throttle' ? (message_id => '', status => 0x58) : (message_id => 'id-1');
    },
    submit_multi => sub {
        return (message_id => 'id-2', dest_addr_ton => [1], dest_addr_npi => [1],
            destination_addr => ['46700000002'], error_status_code => [0x0b]);
    },
    data_sm      => sub { return (message_id => 'id-3', additional_status_info_text => "taken\0") },
    enquire_link => sub { return () },
    unbind       => sub { return () },
);
for my $bind (qw(bind_transmitter bind_receiver bind_transceiver)) {
    $answer{$bind} = sub {
        my ($b) = @_;
        return (system_id => '', status => 0x0f) if $b->{system_id} ne 'me';
        return (system_id => '', status => 0x0e) if $b->{password} ne 'secret';
        return (system_id => 'perl', $b->{system_type} eq 'plain' ? () : (sc_interface_version => "\x34"));
    };
}

# The requests of the message centre's own, sent without waiting: their responses are reported like all that comes.
my %after = (
    receipt => sub {
        my ($c, $sm) = @_;
        $c->deliver_sm(async => 1, esm_class => 4,
            source_addr_ton => 1, source_addr_npi => 1, source_addr => $sm->{destination_addr},
            destination_addr => $sm->{source_addr},
            short_message => 'id:id-1 sub:001 dlvrd:001 submit date:2603010930 done date:2603010931 '
                . 'stat:DELIVRD err:000 text:receipt',
            receipted_message_id => 'id-1', message_state => "\x02");    # Net::SMPP adds no NUL
    },
    data   => sub { $_[0]->data_sm(async => 1, destination_addr => '12345', message_payload => "\0\1") },
    alert  => sub { $_[0]->alert_notification(async => 1, source_addr => '46700000001', esme_addr => '12345') },
    ping   => sub { $_[0]->enquire_link(async => 1) },
    unbind => sub { $_[0]->unbind(async => 1) },
);

# collect keeps the parts of long messages, and reports the text when all are there: here a character is a character.
my %waiting;
sub collect {
    my ($pdu) = @_;
    my $part = Texts::part($pdu);
    return if $part->{total} < 2;
    my $key = join '/', $pdu->{destination_addr}, $part->{ref}, $part->{total};
    $waiting{$key}{ $part->{seq} } = $part;
    my @parts = map { $waiting{$key}{$_} // return } 1 .. $part->{total};
    delete $waiting{$key};
    my $text = eval { Texts::decode(@parts) } // "can not be read: $@";
    report({ command => 'text', text => $text, ref => $part->{ref},
        map { my $of = $_; $of => [ map { $_->{$of} } @parts ] } qw(header locking single coding) });
}

sub serve {
    my ($c) = @_;
    while (my $pdu = $c->read_pdu) {
        my $command = $pdu->explain_cmd;
        report({ command => $command, map { $_ => $pdu->{$_} } grep { $_ ne 'data' } keys %$pdu });
        my $text = $command eq 'submit_sm' ? $pdu->{short_message} : '';
        if ($text eq 'nack') {
            $c->generic_nack(seq => $pdu->{seq}, status => 8);
        } elsif (my $answer = $answer{$command}) {
            my $method = "${command}_resp";
            $c->$method(seq => $pdu->{seq}, $answer->($pdu));
        }
        $after{$text}->($c, $pdu) if $after{$text};
        collect($pdu) if $command eq 'submit_sm';
    }
    $c->close;
    report({ command => 'end' });
}

if (my ($port) = @ARGV) {
    my $c = Net::SMPP->new_connect('127.0.0.1', port => $port) or die "connect: $!";
    $c->outbind(system_id => 'perl', password => 'knock');
    serve($c);
    exit;
}
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0) or die "listen: $!";
report({ port => $listener->sockport });
while (1) {
    my $c = $listener->accept or next;    # it gives up every few seconds
    serve($c);
}
